// The sliders of the page as handles: their levels are followed while they move.

import { read } from "./words.js";

const PAUSE = 500; // milliseconds after the last key before a slider counts as released
const KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];

/** Watches the sliders with the keys that `list` returns. */
export class Sliders {
  /** `moved` gets the place of a slider and its value as it is said; `released` comes when it rests. */
  constructor(list, moved, released) {
    this.held = null;
    this.end = new AbortController();
    const how = { capture: true, signal: this.end.signal };
    const of = (event) => list().find((key) => event.target.closest?.(`.st-key-${key}`)) ?? null;
    document.addEventListener("pointerdown", (event) => (this.held = of(event)), how);
    for (const name of ["pointerup", "pointercancel"]) {
      document.addEventListener(
        name,
        () => {
          if (!this.held) return;
          this.held = null;
          requestAnimationFrame(released); // after the slider has taken its last place
        },
        how
      );
    }
    document.addEventListener(
      "keydown",
      (event) => {
        const found = KEYS.includes(event.key) ? of(event) : null;
        if (!found) return;
        this.held = found;
        clearTimeout(this.pause);
        this.pause = setTimeout(() => {
          this.held = null;
          released();
        }, PAUSE);
      },
      how
    );
    this.watch = new MutationObserver((changes) => {
      if (!this.held) return;
      const change = changes.findLast(({ target }) => target.closest(`.st-key-${this.held}`));
      if (change) moved(list().indexOf(this.held), read(change.target.getAttribute("aria-valuetext") ?? ""));
    });
    this.watch.observe(document.body, { subtree: true, attributeFilter: ["aria-valuetext"] });
  }

  remove() {
    this.end.abort();
    this.watch.disconnect();
    clearTimeout(this.pause);
  }
}
