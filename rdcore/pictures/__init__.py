"""Pictures with regions: a model by independent sources, and a codec that meets levels.

``model`` gives the sources of a picture and ``bound`` their certified rate. ``encode`` gives a file
whose picture meets a level on the whole and in each region, and ``decode`` its picture. ``read``
needs the extra ``pictures``.
"""

from __future__ import annotations

from rdcore.pictures.bounds import PictureBound, bound
from rdcore.pictures.codec import PictureFile, decode, decoder, encode
from rdcore.pictures.components import PictureComponent, PictureModel, model
from rdcore.pictures.curves import PictureCurve
from rdcore.pictures.picture import MOST_PIXELS, Picture
from rdcore.pictures.reading import read
from rdcore.pictures.regions import Region

__all__ = [
    "MOST_PIXELS",
    "Picture",
    "PictureBound",
    "PictureComponent",
    "PictureCurve",
    "PictureFile",
    "PictureModel",
    "Region",
    "bound",
    "decode",
    "decoder",
    "encode",
    "model",
    "read",
]
