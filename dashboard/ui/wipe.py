"""Two pictures on top of each other, with a slider that moves the border between them."""

from __future__ import annotations

import functools

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_HTML = """
<figure class="wipe">
  <div class="frame">
    <img class="under" alt="">
    <img class="over" alt="">
    <span class="border" aria-hidden="true"></span>
    <input type="range" min="0" max="100" step="1" value="50">
  </div>
  <figcaption><span class="left"></span><span class="right"></span></figcaption>
</figure>
"""
_CSS = """
.wipe { margin: 0; font-family: var(--st-font); color: var(--st-text-color); }
.wipe .frame { position: relative; overflow: hidden; margin: 0 auto; border-radius: 6px; }
.wipe img { display: block; width: 100%; height: 100%; image-rendering: auto; }
.wipe .over { position: absolute; inset: 0; clip-path: inset(0 calc(100% - var(--at)) 0 0); }
.wipe .border {
  position: absolute; top: 0; bottom: 0; left: var(--at); width: 3px; margin-left: -1.5px;
  background: #fff; box-shadow: 0 0 0 1px rgba(0, 0, 0, 0.6); pointer-events: none;
}
.wipe .border::after {
  content: "\\2194"; position: absolute; top: 50%; left: 50%; width: 30px; height: 30px;
  transform: translate(-50%, -50%); border-radius: 50%; background: #fff; color: #111;
  box-shadow: 0 0 0 1px rgba(0, 0, 0, 0.6); font: 18px/30px sans-serif; text-align: center;
}
.wipe input {
  position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0;
  cursor: ew-resize; touch-action: pan-y;
}
.wipe input:focus-visible ~ .none, .wipe .frame:focus-within {
  outline: 3px solid var(--st-primary-color); outline-offset: 2px;
}
.wipe figcaption {
  display: flex; justify-content: space-between; gap: 1rem; margin: 0.35rem auto 0;
  font-size: 0.875rem;
}
"""
_JS = """
export default function ({ data, parentElement }) {
  const find = (name) => parentElement.querySelector(name);
  const frame = find('.frame'), slider = find('input');
  for (const [name, source, alt] of [
    ['.over', data.left, data.left_alt], ['.under', data.right, data.right_alt],
  ]) {
    const image = find(name);
    if (image.getAttribute('src') !== source) image.setAttribute('src', source);
    image.setAttribute('alt', alt);
  }
  frame.style.aspectRatio = `${data.width} / ${data.height}`;
  const most = `min(100%, calc(${data.most}px * ${data.width} / ${data.height}))`;
  frame.style.width = most;
  find('figcaption').style.width = most;
  find('.left').textContent = data.left_alt;
  find('.right').textContent = data.right_alt;
  slider.setAttribute('aria-label', data.label);
  const move = () => {
    frame.style.setProperty('--at', `${slider.value}%`);
    slider.setAttribute('aria-valuetext', `${slider.value} % ${data.left_alt}`);
  };
  slider.addEventListener('input', move);
  move();
  return () => slider.removeEventListener('input', move);
}
"""


@functools.cache
def _element() -> ComponentRenderer:
    """Return the component, registered once."""
    return st.components.v2.component("wipe", html=_HTML, css=_CSS, js=_JS)


def wipe(
    left: tuple[str, str],
    right: tuple[str, str],
    size: tuple[int, int],
    key: str,
    *,
    most: int = 460,
) -> None:
    """Draw two pictures, each a name and a data address, of width and height ``size``.

    ``most`` is the largest height in pixels. The slider is an ordinary one: the arrow keys move it.
    """
    _element()(
        key=key,
        data={
            "left": left[1],
            "right": right[1],
            "left_alt": left[0],
            "right_alt": right[0],
            "width": size[0],
            "height": size[1],
            "most": most,
            "label": f"Border between {left[0]} and {right[0]}",
        },
        height="content",
    )
