"""Terms of quantisers, labels, perception and learned systems."""

from __future__ import annotations

from dashboard.model.glossary.entry import BITS, Entry

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
        ("mixture",),
    ),
    Entry(
        "Lloyd–Max quantiser",
        "",
        "",
        "A quantiser designed for the least distortion with a given number of codewords: optimal"
        " on a line, locally optimal elsewhere.",
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
        BITS,
        "The lowest output entropy at each distortion that deterministic encoders reach by time"
        " sharing.",
    ),
    Entry(
        "Trellis code",
        "",
        "",
        "A code whose encoder chooses a path of codewords over all symbols in a trellis: each"
        " codeword leads to the state that offers the next ones.",
        ("trellis-coded quantiser",),
    ),
    Entry(
        "Coded rate",
        "",
        BITS,
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
        BITS,
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
        BITS,
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
