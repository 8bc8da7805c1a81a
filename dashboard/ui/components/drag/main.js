// The component: a handle on a chart that is dragged along solved levels, with a proof each frame.

import { Overlay, chartOf } from "./overlay.js";
import { DRAWINGS } from "./drawing.js";
import { ends, frame, pathOf } from "./frames.js";
import { fillTiles, emptyTiles, sentences } from "./figures.js";
import { short } from "./words.js";

const PAUSE = 500; // milliseconds after the last key before the level is committed
const live = new WeakMap();

class Drag {
  constructor(place) {
    this.place = place;
    this.line = document.createElement("p");
    this.line.className = "rd-line";
    place.append(this.line);
    this.handle = document.createElement("div");
    this.handle.className = "rd-handle";
    this.handle.tabIndex = 0;
    this.handle.setAttribute("role", "slider");
    this.handle.hidden = true;
    place.style.position = "relative"; // the handle stays here, because charts are drawn anew
    place.append(this.handle);
    this.overlays = new Map();
    this.texts = {};
    this.state = "rest"; // then "drag", and "sent" until the page has the exact solution
    this.listen();
    this.watch = new MutationObserver(() => this.later());
    this.watch.observe(document.querySelector('[data-testid="stMain"]') ?? document.body, {
      childList: true,
      subtree: true,
    });
    this.sizes = new ResizeObserver(() => this.later());
  }

  /** Take what the server sent: paths, the level of the page, and how everything looks. */
  update(data, send) {
    this.data = data;
    this.send = send;
    for (const name of ["own", "best"]) {
      const text = data[name] ? JSON.stringify(data[name]) : "";
      if (this.texts[name] !== text) {
        this.texts[name] = text;
        this[name] = data[name] ? pathOf(data[name]) : null;
      }
    }
    if (this.state !== "drag") {
      this.level = data.level;
      this.rest();
      this.warm();
    }
    this.later();
  }

  /** Show the page as the server drew it. */
  rest() {
    this.state = "rest";
    this.frames = null;
    this.mark(false);
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (this.state !== "rest") return;
        this.overlays.forEach((one) => one.clear());
        emptyTiles(this.data.tiles);
      })
    );
    this.say();
  }

  /** Evaluate a few frames while nothing else is to be done, so that the first ones are quick. */
  warm() {
    if (this.warmed || !this.own) return;
    this.warmed = true;
    const [first, last] = ends(this.own);
    [0.9, 0.5, 0.1, 0.01].forEach((share) =>
      requestIdleCallback(() => frame(this.own, first + share * (last - first)))
    );
  }

  later() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.put();
    });
  }

  /** Put the handle on the operating point of the chart as it is drawn now. */
  put() {
    const chart = chartOf(this.data.handle);
    if (!chart || !this.own) {
      this.handle.hidden = true;
      return;
    }
    const home = this.overlay(this.data.handle);
    if (!home.attached()) return;
    if (this.chart !== chart) {
      this.chart = chart;
      this.sizes.disconnect();
      this.sizes.observe(chart);
      chart.on?.("plotly_afterplot", () => this.later());
    }
    const now = this.frames?.own;
    const level = now ? now.levels[this.own.which] : this.data.level;
    const rate = now ? now.upper / Math.LN2 : this.data.rate;
    const { xaxis, yaxis } = chart._fullLayout;
    const [from, to] = [this.place, chart].map((one) => one.getBoundingClientRect());
    const x = to.left - from.left + xaxis._offset + xaxis.d2p(level);
    const y = to.top - from.top + yaxis._offset + yaxis.d2p(rate);
    this.handle.hidden = false;
    this.handle.style.transform = `translate(${x}px, ${y}px) translate(-50%, -50%)`;
    this.describe();
  }

  /** Dim what waits for the exact solution: other cards, and the widgets of the level. */
  mark(dragging) {
    document.body.classList.toggle("rd-dragging", dragging);
    const { field } = this.data ?? {};
    document
      .querySelectorAll(`.st-key-${field}, .st-key-${field}_slider`)
      .forEach((one) => one.classList.toggle("rd-waits", dragging));
  }

  overlay(key) {
    if (!this.overlays.has(key)) this.overlays.set(key, new Overlay(key));
    return this.overlays.get(key);
  }

  describe() {
    const [first, last] = ends(this.own);
    const text = this.frames
      ? sentences(this.frames, this.data).join("; ")
      : `${this.said(this.data.level)}, ${this.data.said}`;
    const values = { min: first, max: last, now: this.level, text };
    for (const [name, value] of Object.entries(values)) {
      this.handle.setAttribute(`aria-value${name}`, value);
    }
    this.handle.setAttribute("aria-label", this.data.label);
  }

  said(level) {
    return `${this.data.symbol} = ${short(level)} ${this.data.unit}`;
  }

  /** Follow the handle to a level: compute the frame and draw it on all charts. */
  go(level) {
    const [first, last] = ends(this.own);
    this.level = Math.min(Math.max(level, first), last);
    this.next ??= requestAnimationFrame((now) => {
      this.next = null;
      this.draw();
      this.measure(now);
    });
  }

  draw() {
    this.state = "drag";
    this.mark(true);
    const own = frame(this.own, this.level);
    const reachable = this.best && this.level >= ends(this.best)[0];
    this.frames = { own, best: reachable ? frame(this.best, this.level) : null };
    for (const { key, kind } of this.data.charts) {
      const overlay = this.overlay(key);
      if (overlay.attached()) DRAWINGS[kind](overlay, this.frames, this.data.look);
    }
    fillTiles(this.data.tiles, this.frames, this.data);
    this.say();
    this.put();
  }

  /** Note the frame for whoever asks how the dragging went. */
  measure(now) {
    const { own, best } = this.frames;
    const gap = (one) => (one ? (one.upper - one.lower) / Math.LN2 : 0);
    const log = (window.rdFrames ??= []);
    if (log.length > 5000) log.shift();
    log.push({ at: now, level: this.level, own: gap(own), best: gap(best) });
  }

  say() {
    const parts = this.frames ? sentences(this.frames, this.data) : [this.data.hint];
    this.line.classList.toggle("rd-long", Boolean(this.best) || this.data.marks.length > 2);
    const spans = parts.map((text) => {
      const span = document.createElement("span");
      span.textContent = text;
      return span;
    });
    this.line.replaceChildren(...spans);
  }

  /** Send the level to the server; until it has answered the last frame stays. */
  commit() {
    clearTimeout(this.pause);
    if (this.state !== "drag") return;
    if (this.next) {
      cancelAnimationFrame(this.next);
      this.next = null;
      this.draw();
    }
    this.state = "sent";
    if (this.level === this.data.level) this.rest();
    else this.send("level", this.level);
  }

  /** Return the level of a pixel, no finer than a pixel is. */
  levelAt(clientX) {
    const { xaxis } = this.chart._fullLayout;
    const left = this.chart.getBoundingClientRect().left + xaxis._offset;
    const at = (pixel) => xaxis.p2d(Math.min(Math.max(pixel, 0), xaxis._length));
    const pixel = clientX - left;
    const size = Math.abs(at(pixel + 0.5) - at(pixel - 0.5)) || 1e-12;
    const decimals = Math.min(Math.max(Math.ceil(-Math.log10(size)), 0), 12);
    return Number(at(pixel).toFixed(decimals));
  }

  listen() {
    const { handle } = this;
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.chart) return;
      const box = handle.getBoundingClientRect();
      this.grip = event.clientX - (box.left + box.width / 2);
      handle.setPointerCapture(event.pointerId);
      handle.classList.add("rd-held");
      this.chart.querySelectorAll(".hoverlayer > *").forEach((one) => one.remove());
      event.preventDefault();
      handle.focus({ preventScroll: true });
    });
    handle.addEventListener("pointermove", (event) => {
      if (handle.hasPointerCapture(event.pointerId)) {
        this.go(this.levelAt(event.clientX - this.grip));
      } else if (this.chart) {
        // The chart below still shows its labels.
        const { clientX, clientY } = event;
        const below = this.chart.querySelector(".nsewdrag");
        below?.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true }));
      }
    });
    for (const name of ["pointerup", "pointercancel"]) {
      handle.addEventListener(name, () => {
        handle.classList.remove("rd-held");
        this.commit();
      });
    }
    handle.addEventListener("keydown", (event) => this.key(event));
    handle.addEventListener("blur", () => this.commit());
  }

  /** Move by the steps of the slider; the level is committed after a pause. */
  key(event) {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 };
    const steps = this.data.steps;
    let level;
    if (event.key in by) {
      const count = Math.abs(by[event.key]);
      const up = by[event.key] > 0;
      const beyond = up
        ? steps.filter((one) => one > this.level * (1 + 1e-9))
        : steps.filter((one) => one < this.level * (1 - 1e-9)).reverse();
      level = beyond[Math.min(count, beyond.length) - 1];
    } else if (event.key === "Home") level = steps[0];
    else if (event.key === "End") level = steps[steps.length - 1];
    else if (event.key === "Enter") return this.commit();
    else return;
    event.preventDefault();
    if (level === undefined) return;
    clearTimeout(this.pause);
    this.go(level);
    this.pause = setTimeout(() => this.commit(), PAUSE);
  }

  remove() {
    this.watch.disconnect();
    this.sizes.disconnect();
    clearTimeout(this.pause);
    this.mark(false);
    emptyTiles(this.data?.tiles ?? []);
    this.overlays.forEach((one) => one.remove());
    this.handle.remove();
    this.line.remove();
  }
}

/** Draw the component, or what changed; return what removes it. */
export function mount(component) {
  const { data, parentElement, setTriggerValue } = component;
  let drag = live.get(parentElement);
  if (!drag) {
    drag = new Drag(parentElement);
    live.set(parentElement, drag);
  }
  drag.update(data, setTriggerValue);
  return () => {
    drag.remove();
    live.delete(parentElement);
  };
}
