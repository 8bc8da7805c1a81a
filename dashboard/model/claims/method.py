"""What Nasser (2025), project milestone and project report, claim about the method itself.

The claims that an experiment checks are in ``dashboard.tasks.reproduce``.
"""

from __future__ import annotations

from dashboard.model.claims.claim import Claim

_BOTH = "milestone, methods; project report, section 3.2"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "I(X;Y) is convex in the encoder Q and the constraints are affine, so the problem is a"
        " convex relative-entropy program.",
        _BOTH,
        "Explore, audit",
        "holds",
        "CVXPY accepts the program as convex; Explore solves any problem again with CVXPY and"
        " Clarabel and compares.",
    ),
    Claim(
        "The entropy H(Y) is not convex in Q.",
        "milestone, methods",
        "Annealing",
        "holds",
        "p_Y is linear in Q and entropy is concave, so H(Y) is concave in Q and its minimisation"
        " has many local optima.",
    ),
    Claim(
        "The convex program gives globally optimal random encoders for a fixed codebook.",
        "milestone, introduction; project report, sections 1 and 3.2",
        "Explore",
        "holds",
        "Every solution has a certificate with a lower and an upper bound; the gap is shown beside"
        " each rate. With the free codebook the bound holds for every codebook.",
    ),
    Claim(
        "It gives auditable lower bounds on the best achievable rate.",
        "milestone, introduction; project report, section 2",
        "Explore, certificate",
        "holds with a correction",
        "A solver's value is a bound only up to its tolerance. The certificate here needs no"
        " solver: it follows from the prices and a marginal, with a margin for rounding.",
    ),
    Claim(
        "The multipliers are the marginal prices of D and D′ in bits per unit of distortion.",
        "milestone, methods; project report, section 3.2",
        "Prices; Explore, levels lowered by 10 %",
        "holds",
        "Explore compares the increase predicted by the price with the solved one; R is convex, so"
        " the prediction is a lower bound.",
    ),
    Claim(
        "The subset constraint limits the distortion of every x in S by D′.",
        "milestone, equation of the methods",
        "Explore and Prices, measure “each symbol”",
        "holds with a correction",
        "The project report and the notebook limit the sum over S of p(x) d(x, y) instead. The app"
        " offers both, and the mean given S; the three need different values of D′.",
    ),
    Claim(
        "Existing methods have no explicit mechanism for higher fidelity on a subset.",
        "milestone, introduction; project report, sections 1 and 2",
        "Quantisers",
        "holds with a correction",
        "Weights do it: Quantisers designs Lloyd–Max and entropy-coded quantisers with a price at"
        " each atom. The convex program adds the level D′ itself and the proof.",
    ),
    Claim(
        "Blahut–Arimoto algorithms give no dual information and handle one constraint only.",
        "milestone, literature; project report, section 2",
        "Explore",
        "does not hold at these settings",
        "Their parameter is the slope −∂R/∂D, and Blahut (1972) derives a lower bound from it. With"
        " one slope per constraint the same updates solve several constraints:"
        " rdcore.solvers.BlahutArimoto is tested on the same problems as the other solvers.",
    ),
    Claim(
        "Blahut–Arimoto algorithms converge to stationary points of the curve.",
        "project report, section 2",
        "Explore",
        "holds with a correction",
        "The problem is convex, so the points are globally optimal for the codebook.",
    ),
    Claim(
        "Codewords are refined by gradient steps on E[d(X, y_j) | Y = j]; for squared error the"
        " stationary point is the centroid.",
        "milestone, methods; project report, section 3.3",
        "Codebook",
        "holds with a correction",
        "With a price on a subset the stationary point of the rate is the priced centroid, with"
        " weights Σ_k λ_k w_k(x). Codebook offers gradient steps, centroids and priced centroids.",
    ),
    Claim(
        "Merging codewords of small mass or distance keeps the total mass and lowers the achievable"
        " H(Y).",
        "milestone, methods; project report, section 3.4",
        "Codebook",
        "holds with a correction",
        "The merged Y is a function of Y, so H(Y) cannot rise. A merge can raise the distortion and"
        " the rate of the next optimum; Codebook shows both by round.",
    ),
    Claim(
        "As the temperature falls to 0, H(Y|X) tends to 0 and I(X;Y) to H(Y).",
        "milestone, methods",
        "Annealing",
        "holds with a correction",
        "Each stage shows it. At most levels the limit is time sharing of deterministic encoders,"
        " because few levels are met with equality by a single one.",
    ),
    Claim(
        "The resulting deterministic encoders come close to the convex lower bound.",
        "milestone, introduction",
        "Annealing; Reproduce, E7",
        "holds",
        "For three modes at D = 0.6: 1.7226 bits by time sharing, 0.045 bit above the proved"
        " 1.6777.",
    ),
    Claim(
        "The results are to be compared with entropy-constrained Lloyd quantisation.",
        "milestone, methods",
        "Quantisers",
        "holds",
        "The project report compares with Lloyd–Max only. Quantisers has exact entropy-coded scalar"
        " quantisers, and codes samples to real bits.",
    ),
    Claim(
        "The encoder and codebook updates repeat in a cycle of convex program, refinement and"
        " merging.",
        "project report, section 3.1 and figure 1",
        "Codebook",
        "holds",
        "Codebook runs the same cycle round by round and proves its end against every codebook.",
    ),
)
