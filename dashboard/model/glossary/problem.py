"""Terms of the problem and of its proof."""

from __future__ import annotations

from dashboard.model.glossary.entry import BITS, DISTORTION, Entry

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
        DISTORTION,
        "The penalty for reproducing x as y, such as the squared error (x − y)².",
    ),
    Entry(
        "Average distortion",
        "D",
        DISTORTION,
        "The largest mean distortion allowed over all symbols.",
        ("level of the average",),
    ),
    Entry(
        "Subset",
        "S",
        "",
        "The atoms that have a distortion limit of their own because they matter more; several"
        " subsets S₁, S₂, … may overlap.",
    ),
    Entry(
        "Subset distortion",
        "D′",
        DISTORTION,
        "The largest distortion allowed on the subset, in the measure chosen for it.",
        ("level of the subset",),
    ),
    Entry(
        "Conditional mean",
        "E[d | X ∈ S]",
        DISTORTION,
        "The mean distortion of the symbols in the subset.",
        ("conditional",),
    ),
    Entry(
        "Joint mass",
        "E[d · 1(X ∈ S)]",
        DISTORTION,
        "The part of the average distortion that comes from the subset: its conditional mean"
        " times its probability.",
        ("joint",),
    ),
    Entry(
        "Each symbol",
        "E[d | X = x]",
        DISTORTION,
        "The mean distortion of a single atom, limited separately for every atom of the subset.",
        ("each",),
    ),
    Entry(
        "Level",
        "",
        DISTORTION,
        "The limit that a constraint sets, such as D or D′.",
        ("fidelity level",),
    ),
    Entry(
        "Share of the variance",
        "D/σ²",
        "%",
        "The mean square in per cent of the variance of the source.",
    ),
    Entry(
        "Minimum level",
        "D_min",
        DISTORTION,
        "The smallest level that any channel with this codebook can meet.",
        ("smallest level", "smallest reachable level"),
    ),
    Entry(
        "Maximum level",
        "D_max",
        DISTORTION,
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
        BITS,
        "The mutual information of source and reproduction: the rate that codes over long blocks"
        " can approach.",
        ("mutual information", "I(X;Y)"),
    ),
    Entry(
        "Rate–distortion function",
        "R(D)",
        BITS,
        "The smallest rate at which any code keeps the average distortion at or below D.",
        ("rate-distortion function", "curve"),
    ),
    Entry(
        "Source entropy",
        "H(X)",
        BITS,
        "The rate needed to reproduce every symbol exactly.",
    ),
    Entry(
        "Output entropy",
        "H(Y)",
        BITS,
        "The rate of an ideal entropy coder that codes the codewords one at a time.",
    ),
    Entry(
        "Encoder randomness",
        "H(Y|X)",
        BITS,
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
        BITS,
        "A rate that no code within the scope can go below, proved by the dual of the convex"
        " program.",
    ),
    Entry(
        "Upper bound",
        "",
        BITS,
        "The rate of a channel that meets every level.",
    ),
    Entry(
        "Gap",
        "",
        BITS,
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
        "Cost of a subset",
        "",
        "bits per symbol",
        "The rate, minus the rate without the limit on the subset; D stays as it is.",
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
        BITS,
        "The region between the tangents and the chords, which contains the whole curve.",
        ("band width", "maximum band width"),
    ),
    Entry(
        "Shannon lower bound",
        "R_SLB",
        BITS,
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
    Entry(
        "Standard error",
        "±",
        BITS,
        "The standard deviation of the rate over other samples of the same size and kind, which the"
        " gap knows nothing of.",
        ("sampling error",),
    ),
    Entry(
        "Bias",
        "",
        BITS,
        "The mean of the rate over samples of this size, minus the rate of the source from which"
        " they are drawn.",
    ),
    Entry(
        "Rate with memory",
        "R_L / L",
        BITS,
        "The rate per row of blocks of L consecutive rows, which falls with L where neighbours"
        " depend on each other.",
        ("memory",),
    ),
)
