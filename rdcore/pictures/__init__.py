"""Pictures with regions: a model by independent sources, and a codec that meets levels.

``model`` gives the sources of a picture, ``encode`` a file whose picture meets a level on the whole
and in each region, and ``decode`` its picture. ``read`` needs the extra ``pictures``.
"""

from __future__ import annotations

from rdcore.pictures.codec import PictureFile, decode, decoder, encode
from rdcore.pictures.components import PictureComponent, PictureModel, model
from rdcore.pictures.picture import MOST_PIXELS, Picture
from rdcore.pictures.reading import read
from rdcore.pictures.regions import Region

__all__ = [
    "MOST_PIXELS",
    "Picture",
    "PictureComponent",
    "PictureFile",
    "PictureModel",
    "Region",
    "decode",
    "decoder",
    "encode",
    "model",
    "read",
]
