"""The one base of all errors whose message is a sentence for the user."""

from __future__ import annotations


class UserError(ValueError):
    """A choice or a file cannot be used; the message is one sentence that says what is accepted."""
