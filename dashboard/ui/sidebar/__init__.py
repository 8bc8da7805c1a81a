"""The controls that pages share: the source, the codebook, the levels, the subset."""
