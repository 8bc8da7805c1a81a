"""The error of uploaded pictures; that of tables is ``rdcore.errors.TableError``."""

from __future__ import annotations

from dashboard.errors import UserError


class UploadError(UserError):
    """An uploaded picture cannot be used; the message is one sentence for the user."""
