"""Specs (the user's choices) and views (the results): frozen values.

The package also holds the presets, the glossary, the state and the text form of subsets.
"""
