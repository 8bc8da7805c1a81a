"""Links into the app, over all pages and sources: the page and its query."""

from __future__ import annotations

LINKS = [
    ("", {"D": "0.3"}),
    ("", {"D": "0.3", "Ds": "0.07", "S": "+[-2,0] -(-1,-0.5)", "axis": "log"}),
    ("prices", {"D": "0.9", "from": "0.5", "to": "3", "price_scale": "linear", "bits": "2"}),
    ("codebook", {"D": "2", "move": "gradient", "eta": "0.2", "rounds": "2", "insert": "false"}),
    ("annealing", {"D": "4", "stages": "2", "hot": "2", "cold": "0.5", "search": "false"}),
    ("quantisers", {"S": "", "symbols": "10000", "D": "2.5"}),
    ("classification", {"labelled": "bit", "one": "0.4", "noise": "0.2", "D_bit": "0.2"}),
    ("classification", {"labelled": "parity", "numbers": "5", "perceived": "w1"}),
    ("pictures", {"photo": "camera", "region1": "ellipse 210 70 320 190", "level1": "8"}),
    ("learned", {"system": "energy", "law": "plane", "plane_v": "0.5", "beta": "4"}),
    ("learned", {"pictures": "digits", "c": "800", "codec_length": "short", "codec_seed": "3"}),
    ("reproduce", {"experiment_shown": "E1"}),
    ("guide", {"lesson": "water", "at": "5", "step": "1", "D": "0.3"}),
    ("", {"source": "gaussian", "D": "0.2", "every": "true"}),
    ("prices", {"source": "gaussian", "measure": "joint", "Ds": "0.015", "S": "+(-0.2,0.2)"}),
    ("codebook", {"source": "gaussian", "codebook": "grid", "m": "9"}),
    ("", {"source": "trimodal", "codebook": "typed", "y": "-2, 0, 1, 2", "D": "0.8", "Ds": "0.4"}),
    ("annealing", {"source": "trimodal", "falls": "linear", "stages": "3"}),
    ("", {"source": "spike_and_background", "d": "absolute", "D": "0.9", "Ds": "0.45"}),
    ("quantisers", {"source": "spike_and_background", "D": "3"}),
    ("", {"source": "gaussian_2d", "S": "+box(-1,1,0,2)", "D": "1.2"}),
    ("reproduce", {"source": "gaussian_2d", "experiment_shown": "E3"}),
    ("", {"source": "four_clusters", "D": "12", "S": "+lasso(0 0, 4 0, 4 4)", "Ds": "6"}),
    ("learned", {"source": "four_clusters", "system": "universal", "critic": "false"}),
    ("", {"source": "bernoulli", "bernoulli_p": "0.2", "D": "0.05", "subset": "false"}),
    ("prices", {"source": "bernoulli", "bernoulli_p": "0.4"}),
    ("", {"source": "uniform", "uniform_atoms": "40", "uniform_low": "-2", "uniform_high": "3"}),
    ("codebook", {"source": "uniform", "random": "true", "many": "5", "seed": "7"}),
    ("", {"source": "laplacian", "laplacian_scale": "2", "measure": "each", "Ds": "0.3"}),
    ("quantisers", {"source": "laplacian", "coded_by": "entropy-coded"}),
    ("", {"source": "own", "data": "0" * 32}),
    ("classification", {"labelled": "side", "source": "gaussian", "above": "0.5", "sharply": "9"}),
]
PATHS = tuple(sorted({page for page, _ in LINKS if page}))
