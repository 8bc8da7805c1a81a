"""The pictures of the pages Pictures and Learned, cached: pixels, and addresses for a browser."""

from __future__ import annotations

import streamlit as st

from dashboard.model.codebooks import SpecError
from dashboard.model.fields import MOST_PICTURES
from dashboard.model.pictures import LEAST_SIDE, Photo, Pixels
from dashboard.tasks import pictures
from dashboard.uploads import store
from dashboard.uploads.pictures import as_address, read_colours, read_picture


@st.cache_data(max_entries=6, show_spinner=False)
def photo(name: Photo, digest: str, grey: bool) -> Pixels:
    """Return the pixels of a sample or own picture.

    Raises
    ------
    SpecError
        If the own picture is no longer on the server.
    """
    if name != "own":
        return pictures.sample(name, grey=grey)
    kept = store.picture(digest)
    if kept is None:
        raise SpecError("The picture is no longer on the server; upload it again.")
    return read_colours(*kept, grey=grey, least_side=LEAST_SIDE)


@st.cache_data(max_entries=12, show_spinner=False)
def photo_address(name: Photo, digest: str, grey: bool, most: int) -> str:
    """Return a picture as a data address, reduced to at most so many pixels a side."""
    return as_address(photo(name, digest, grey), most)


@st.cache_data(max_entries=6, show_spinner=False)
def decoded_address(pixels: Pixels, most: int) -> str:
    """Return a decoded picture as a data address, as ``photo_address`` does."""
    return as_address(pixels, most)


@st.cache_data(max_entries=MOST_PICTURES, show_spinner=False)
def own_grey(digest: str) -> tuple[str, Pixels]:
    """Return the name and the grey levels of an own picture.

    Raises
    ------
    SpecError
        If the picture is no longer on the server.
    """
    kept = store.picture(digest)
    if kept is None:
        raise SpecError("A picture is no longer on the server; upload it again.")
    return kept[0], read_picture(*kept)


def forget() -> None:
    """Clear the caches of pictures."""
    for cached in (photo, photo_address, decoded_address, own_grey):
        cached.clear()
