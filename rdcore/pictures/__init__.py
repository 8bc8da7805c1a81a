"""Pictures with regions."""

from __future__ import annotations

from rdcore.pictures.codec import PictureFile, decode, encode
from rdcore.pictures.picture import Picture
from rdcore.pictures.regions import Region

__all__ = ["Picture", "PictureFile", "Region", "decode", "encode"]
