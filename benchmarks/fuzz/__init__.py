"""Mutated uploads, pictures and links, drawn from a seed, and what the app says to them."""
