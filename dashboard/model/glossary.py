"""The terms of the interface: one definition for help texts, the guide and docs/notation.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One term.

    Parameters
    ----------
    term : str
        The name that the interface uses.
    symbol : str
        The symbol in plain text; empty if there is none.
    unit : str
        The unit in which the interface shows it; empty for what has no unit.
    meaning : str
        The definition, one sentence.
    also : tuple of str
        Other names under which ``explain`` finds it.
    """

    term: str
    symbol: str
    unit: str
    meaning: str
    also: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The term with its symbol, and the definition."""
        name = f"{self.term} ({self.symbol})" if self.symbol else self.term
        return f"{name}: {self.meaning}"


_BITS = "bits per symbol"
_D = "unit of d"

SOURCE_AND_CODEBOOK = (
    Entry(
        "Source",
        "X",
        "unit of X",
        "A random variable with finitely many values, drawn independently for each symbol.",
    ),
    Entry("Atom", "x", "unit of X", "One of the values that the source takes.", ("symbol",)),
    Entry("Codeword", "y", "unit of X", "A value that the source may be reproduced as."),
    Entry("Codebook", "y₁ … yₘ", "unit of X", "The set of codewords that a code may use."),
    Entry(
        "Free codebook",
        "",
        "",
        "The codewords are optimised as well, so the rate is the smallest that any codebook"
        " allows.",
        ("every codebook", "best codebook"),
    ),
    Entry(
        "Channel",
        "Q(y|x)",
        "",
        "The probability with which each codeword represents each atom.",
        ("stochastic encoder", "test channel"),
    ),
    Entry(
        "Codewords in use",
        "",
        "",
        "The codewords whose probability under the channel is above 10⁻⁶.",
    ),
    Entry(
        "Inactive codeword",
        "",
        "",
        "A codeword that the optimal channel never uses, so removing it does not change the rate.",
        ("inactive",),
    ),
    Entry(
        "Cell",
        "",
        "unit of X",
        "The part of a continuous source, or the bin of samples, that one atom represents.",
    ),
    Entry(
        "Variance within cells",
        "V",
        "unit of X²",
        "The mean squared distance between the source and the mean of its cell.",
    ),
)

FIDELITY = (
    Entry(
        "Distortion",
        "d(x, y)",
        _D,
        "The penalty for reproducing x as y, such as the squared error (x − y)².",
    ),
    Entry(
        "Average distortion",
        "D",
        _D,
        "The largest mean distortion allowed over all symbols.",
        ("level of the average",),
    ),
    Entry(
        "Subset",
        "S",
        "",
        "The atoms that have a distortion limit of their own because they matter more.",
    ),
    Entry(
        "Subset distortion",
        "D′",
        _D,
        "The largest distortion allowed on the subset, in the measure chosen for it.",
        ("level of the subset",),
    ),
    Entry(
        "Conditional mean",
        "E[d | X ∈ S]",
        _D,
        "The mean distortion of the symbols in the subset.",
        ("conditional",),
    ),
    Entry(
        "Joint mass",
        "E[d · 1(X ∈ S)]",
        _D,
        "The part of the average distortion that comes from the subset: its conditional mean"
        " times its probability.",
        ("joint",),
    ),
    Entry(
        "Each symbol",
        "E[d | X = x]",
        _D,
        "The mean distortion of a single atom, limited separately for every atom of the subset.",
        ("each",),
    ),
    Entry(
        "Level",
        "",
        _D,
        "The limit that a constraint sets, such as D or D′.",
        ("fidelity level",),
    ),
    Entry(
        "Minimum level",
        "D_min",
        _D,
        "The smallest level that any channel with this codebook can meet.",
        ("smallest level", "smallest reachable level"),
    ),
    Entry(
        "Maximum level",
        "D_max",
        _D,
        "The level above which a single codeword is enough and the rate is 0.",
        ("largest level",),
    ),
    Entry(
        "RMS error",
        "√E[(X − Y)²]",
        "unit of X",
        "The square root of the mean squared error, in the unit of the data.",
        ("root mean square",),
    ),
    Entry(
        "Signal-to-noise ratio",
        "SNR",
        "dB",
        "Ten times the decimal logarithm of the variance divided by the mean squared error.",
    ),
    Entry(
        "Peak signal-to-noise ratio",
        "PSNR",
        "dB",
        "Ten times the decimal logarithm of the squared range divided by the mean squared error.",
    ),
)

RATE_AND_PROOF = (
    Entry(
        "Rate",
        "R",
        _BITS,
        "The mutual information of source and reproduction: the rate that codes over long blocks"
        " can approach.",
        ("mutual information", "I(X;Y)"),
    ),
    Entry(
        "Rate–distortion function",
        "R(D)",
        _BITS,
        "The smallest rate at which any code keeps the average distortion at or below D.",
        ("rate-distortion function", "curve"),
    ),
    Entry(
        "Source entropy",
        "H(X)",
        _BITS,
        "The rate needed to reproduce every symbol exactly.",
    ),
    Entry(
        "Output entropy",
        "H(Y)",
        _BITS,
        "The rate of an ideal entropy coder that codes the codewords one at a time.",
    ),
    Entry(
        "Encoder randomness",
        "H(Y|X)",
        _BITS,
        "The randomness that the channel adds, which is H(Y) − I(X;Y) and 0 for a deterministic"
        " encoder.",
        ("conditional entropy",),
    ),
    Entry(
        "Certificate",
        "",
        "",
        "A lower and an upper bound on the rate, computed from the problem alone and rounded"
        " outward.",
        ("proof",),
    ),
    Entry(
        "Lower bound",
        "",
        _BITS,
        "A rate that no code within the scope can go below, proved by the dual of the convex"
        " program.",
    ),
    Entry(
        "Upper bound",
        "",
        _BITS,
        "The rate of a channel that meets every level.",
    ),
    Entry(
        "Gap",
        "",
        _BITS,
        "The upper bound minus the lower bound: the largest possible error of the rate.",
        ("certified gap",),
    ),
    Entry(
        "Scope",
        "",
        "",
        "The set of codes to which a certificate applies: those with this codebook, or those with"
        " any codebook.",
    ),
    Entry(
        "Price",
        "λ, λ′",
        "bits per unit of the level",
        "The increase in rate per unit by which a level is lowered: the negative slope of the"
        " curve.",
        ("slope", "price of D", "price of D′", "λ", "λ′", "multiplier of a level"),
    ),
    Entry(
        "Binding",
        "",
        "",
        "A level binds if lowering it raises the rate, so its price is positive.",
    ),
    Entry(
        "Slack",
        "",
        "",
        "A level is slack if the optimal channel stays below it at no extra rate, so its price"
        " is 0.",
        ("inactive level",),
    ),
    Entry(
        "Tangent",
        "",
        "",
        "The supporting line at a solved point, with slope −λ, which bounds the curve from below.",
        ("supporting line",),
    ),
    Entry(
        "Chord",
        "",
        "",
        "The line between two solved points; it bounds the curve from above.",
    ),
    Entry(
        "Band",
        "",
        _BITS,
        "The region between the tangents and the chords, which contains the whole curve.",
        ("band width", "maximum band width"),
    ),
    Entry(
        "Shannon lower bound",
        "R_SLB",
        _BITS,
        "The differential entropy of the source minus the largest differential entropy that noise"
        " of mean distortion D can have.",
    ),
    Entry(
        "Dual constraint",
        "c(y) ≤ 1",
        "",
        "The condition that no codeword y can lower the rate; where c(y) > 1, adding y may lower"
        " it.",
        ("c(y)", "missing codeword"),
    ),
)

DESIGN = (
    Entry(
        "Centroid",
        "E[X | Y = y]",
        "unit of X",
        "The mean of the atoms that a codeword represents, weighted by their probabilities.",
    ),
    Entry(
        "Priced centroid",
        "",
        "unit of X",
        "The centroid with each atom also weighted by the prices of its constraints; in an optimal"
        " codebook every codeword is at its own.",
    ),
    Entry(
        "Merging",
        "",
        "",
        "Replacing two close codewords, or one of little mass and its neighbour, by one.",
        ("merge", "merged codewords"),
    ),
    Entry(
        "Insertion",
        "",
        "",
        "Adding codewords at the maxima of c(y) where they exceed 1.",
        ("insert", "added codewords"),
    ),
    Entry(
        "Temperature",
        "τ",
        "",
        "The weight of H(Y|X) in the annealed objective H(Y) − τ H(Y|X): 1 for the convex"
        " program, near 0 for a deterministic encoder.",
        ("annealing",),
    ),
    Entry(
        "Deterministic encoder",
        "y = a(x)",
        "",
        "An encoder that maps every atom to exactly one codeword.",
        ("quantiser", "encoder"),
    ),
    Entry(
        "Time sharing",
        "",
        "",
        "Using several encoders for fixed shares of the symbols, which mixes their rates and"
        " distortions.",
        ("taking turns", "mixture"),
    ),
    Entry(
        "Lloyd–Max quantiser",
        "",
        "",
        "The quantiser with the least distortion for a given number of codewords.",
        ("lloyd-max", "lloyd–max"),
    ),
    Entry(
        "Uniform quantiser",
        "",
        "",
        "A quantiser with cells of equal width, with the centroids as codewords.",
        ("uniform",),
    ),
    Entry(
        "Entropy-coded scalar quantiser",
        "ECSQ",
        "",
        "A quantiser on a line with the least sum of output entropy and λ times the distortion.",
    ),
    Entry(
        "Entropy-coded vector quantiser",
        "ECVQ",
        "",
        "The same in several dimensions, found by a descent that ends at a local optimum.",
    ),
    Entry(
        "Hull",
        "",
        _BITS,
        "The lowest output entropy at each distortion that deterministic encoders reach by time"
        " sharing.",
    ),
    Entry(
        "Coded rate",
        "",
        _BITS,
        "The size of the coded file divided by the number of symbols in it.",
        ("real bits", "bits per symbol"),
    ),
)

CLASSES_AND_PERCEPTION = (
    Entry(
        "Label",
        "S, Sₖ",
        "",
        "A random variable, known through its distribution given the source, that the"
        " reproduction must preserve.",
    ),
    Entry(
        "Label uncertainty",
        "H(S|X̂)",
        "bits",
        "What remains unknown about the label after seeing the reproduction: the smallest log"
        " loss of any classifier.",
        ("remaining uncertainty",),
    ),
    Entry(
        "Label level",
        "C",
        "bits",
        "The largest label uncertainty allowed.",
    ),
    Entry(
        "Labelled reproduction",
        "(X̂, u)",
        "",
        "A reproduction that carries a distribution of the label besides its value, which makes"
        " the program convex.",
        ("carries a label",),
    ),
    Entry(
        "Universality penalty",
        "A(Θ)",
        _BITS,
        "The extra rate of one encoder that serves several demands (D, C), over the rate of the"
        " most expensive single demand.",
        ("penalty",),
    ),
    Entry(
        "Perception level",
        "P",
        "unit of the divergence",
        "The largest divergence allowed between the distributions of source and reproduction.",
        ("perception",),
    ),
    Entry(
        "Perfect realism",
        "P = 0",
        "",
        "The reproduction has exactly the distribution of the source.",
    ),
    Entry(
        "Total variation",
        "TV",
        "",
        "Half the sum of the absolute differences of two probability distributions.",
    ),
    Entry(
        "Wasserstein-1 distance",
        "W₁",
        "unit of X",
        "The smallest mean distance over which mass must move to turn one distribution into the"
        " other.",
        ("wasserstein-1",),
    ),
    Entry(
        "Squared Wasserstein-2 distance",
        "W₂²",
        "unit of X²",
        "The smallest mean squared distance over which mass must move to turn one distribution"
        " into the other.",
        ("wasserstein-2", "W₂"),
    ),
)

LEARNED = (
    Entry(
        "Distortion target",
        "c",
        "squared pixel value",
        "The mean squared error per pixel that a training run is asked to reach.",
        ("target",),
    ),
    Entry(
        "Distortion-constrained optimization",
        "D-CO",
        "",
        "Training that minimises R + λ (D/c − 1) and adjusts λ until the distortion meets the"
        " target c.",
    ),
    Entry(
        "Multiplier",
        "λ",
        "bits per pixel",
        "The weight of the constraint D/c − 1 in D-CO, which training adjusts.",
        ("learned multiplier",),
    ),
    Entry(
        "β-VAE",
        "β",
        "",
        "Training that minimises D + β R with a fixed weight β, whose distortion is not known in"
        " advance.",
        ("beta-vae",),
    ),
    Entry(
        "Hinge",
        "",
        "",
        "Training that minimises R + λ max(D/c − 1, 0) with a fixed weight λ.",
    ),
    Entry(
        "Bits per pixel",
        "bpp",
        "bits per pixel",
        "The number of coded bits divided by the number of pixels.",
    ),
    Entry(
        "Held-out data",
        "",
        "",
        "Data that training does not use, kept to measure the result.",
        ("held out",),
    ),
    Entry(
        "Energy",
        "E(x̂)",
        "nats",
        "A learned function that defines a distribution proportional to e to the power −E(x̂).",
    ),
    Entry(
        "Proved excess",
        "",
        _BITS,
        "The most by which the rate of a channel exceeds R at its own distortion, according to"
        " its certificate.",
        ("excess",),
    ),
    Entry(
        "Dither",
        "u",
        "",
        "Random noise known to encoder and decoder that makes the quantisation error independent"
        " of the input.",
    ),
    Entry(
        "Frozen encoder",
        "",
        "",
        "An encoder whose weights stay fixed while new decoders are trained on its output.",
    ),
)

ENTRIES = (
    *SOURCE_AND_CODEBOOK,
    *FIDELITY,
    *RATE_AND_PROOF,
    *DESIGN,
    *CLASSES_AND_PERCEPTION,
    *LEARNED,
)


_NAMES = {name.casefold(): one for one in reversed(ENTRIES) for name in (one.term, *one.also)}
_SYMBOLS = {one.symbol: one for one in reversed(ENTRIES) if one.symbol}


def entry(term: str) -> Entry:
    """Return the entry of a term, found by a name in any case or by its exact symbol.

    Raises
    ------
    KeyError
        If the glossary does not have the term.
    """
    found = _NAMES.get(term.casefold()) or _SYMBOLS.get(term)
    if found is None:
        raise KeyError(f"the glossary has no term {term!r}")
    return found


def explain(term: str) -> str:
    """Return the term with its symbol and its one-sentence definition.

    Examples
    --------
    >>> explain("gap")
    'Gap: The upper bound minus the lower bound: the largest possible error of the rate.'
    >>> explain("H(Y)") == explain("output entropy")
    True
    """
    return entry(term).sentence


def table() -> str:
    """Return the glossary as the Markdown table of docs/notation.md."""
    rows = [("Term", "Symbol", "Unit", "Definition"), ("---",) * 4]
    rows += [(one.term, one.symbol, one.unit, one.meaning) for one in ENTRIES]
    return "\n".join("| " + " | ".join(_cell(text) for text in row) + " |" for row in rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
