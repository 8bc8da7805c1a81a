"""The base class of all errors with a message for the user."""

from __future__ import annotations


class UserError(ValueError):
    """A choice or a file cannot be used; the message is one sentence that says what is accepted."""
