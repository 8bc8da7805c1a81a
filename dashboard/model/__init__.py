"""What was chosen (specs) and what came out (views): frozen values without behaviour of their own.

Beside them the presets, and the language in which subsets are written.
"""
