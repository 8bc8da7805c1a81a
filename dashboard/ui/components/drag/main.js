// The component: a handle on a chart that is dragged along solved levels, with a proof each frame.

import { Overlay, chartOf } from "./overlay.js";
import { DRAWINGS } from "./drawing.js";
import { ends, frame, frameBeside, frameFrom, pathOf, stageAt } from "./frames.js";
import { fillTiles, emptyTiles, sentences } from "./figures.js";
import { scaleOf } from "./scale.js";
import { Sliders } from "./sliders.js";

const PAUSE = 500; // milliseconds after the last key before the level is committed
const ALIKE = 5e-4; // a slider says its level with four digits
const FAR = 0.05; // a frame that misses a level by more is not shown
const LOOSE = 2e-3; // nor one off its path with a larger gap, nats
const live = new WeakMap();
let holder = null; // the handle of the page whose frame is shown

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
    this.names = {};
    this.state = "rest"; // then "drag", and "sent" until the page has the exact solution
    this.noted = false; // whether the server has the levels, and the page shows them as set
    this.slid = null; // what a slider of the page set, if it is what is dragged
    this.listen();
    this.watch = new MutationObserver(() => this.later());
    this.watch.observe(document.querySelector('[data-testid="stMain"]') ?? document.body, {
      childList: true,
      subtree: true,
    });
    this.sizes = new ResizeObserver(() => this.later());
    this.came = () => {
      if (this.data && this.take() && this.state === "rest") this.settle();
    };
    window.addEventListener("rd-path", this.came);
    this.sliders = new Sliders(
      () => (this.data?.slides ? this.data.controls.map(({ slider }) => slider) : []),
      (which, value) => this.slide(which, value),
      () => this.slid && this.commit()
    );
  }

  /** Take what the server sent: paths, the level of the page, and how everything looks. */
  update(data, send) {
    const axis = scaleOf(data.axis);
    const falls = data.falls || axis.falls;
    this.data = { ...data, falls, look: { ...data.look, how: scaleOf(data.how), axis } };
    this.send = send;
    this.take();
    if (this.state !== "drag") {
      this.settle();
      this.warm();
    }
    this.later();
  }

  /** Show the page as the server drew it, or the frame of the levels that it is solving for. */
  settle() {
    this.values = this.data.values;
    if (!this.hold()) this.rest();
  }

  /** Show the frame of the levels that the server is solving for; false if it has none. */
  hold() {
    const { awaited } = this.data;
    const other = holder !== null && holder !== this;
    if (!awaited || other || !this.own || this.own.stages) return false;
    const moved = awaited.flatMap((level, k) => (alike(level, this.level(k)) ? [] : [k]));
    const others = moved.filter((k) => !this.own.varies.includes(k));
    const wanted = this.own.varies.map((k) => awaited[k]);
    const within = this.ranges().every(([first, last], axis) => wanted[axis] >= first && wanted[axis] <= last);
    if (!within || others.length > 1 || (others.length && !adapts(this.own))) return false;
    this.noted = true;
    this.slid = others.length ? { which: others[0], level: awaited[others[0]], axis: -1 } : null;
    this.values = wanted;
    this.draw();
    if (this.state !== "drag") return false;
    this.state = "sent";
    return true;
  }

  /** Return the level with a number, as the page shows it. */
  level(k) {
    const axis = this.own.varies.indexOf(k);
    return axis < 0 ? this.own.fixed[k] : this.data.values[axis];
  }

  /** Take the paths, which may come before or after the rest; return whether one is new. */
  take() {
    const { data } = this;
    let fresh = false;
    for (const name of ["own", "best"]) {
      if (this.names[name] === data[name] && this[name]) continue;
      const found = window.rdPaths?.get(data[name]);
      this.names[name] = data[name];
      this[name] = found ? pathOf(found) : null;
      fresh ||= found !== undefined;
    }
    if (fresh) this.later();
    return fresh;
  }

  /** Show the page as the server drew it. */
  rest() {
    this.state = "rest";
    this.noted = false;
    if (holder === this) holder = null;
    this.frames = null;
    this.mark(false);
    this.slid = null;
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
    const at = (share, [first, last]) => first + share * (last - first);
    [0.9, 0.5, 0.1, 0.01].forEach((share) =>
      requestIdleCallback(() => frame(this.own, ...this.ranges().map((one) => at(share, one))))
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
    if (this.frames && this.state === "sent") this.paint(true);
    const home = this.overlay(this.data.handle);
    if (!home.attached()) return;
    if (this.chart !== chart) {
      this.chart = chart;
      this.sizes.disconnect();
      this.sizes.observe(chart);
      chart.on?.("plotly_afterplot", () => this.later());
    }
    const now = this.frames?.own;
    const [level, other] = this.own.varies.map((k, axis) => (now ? now.levels[k] : this.data.values[axis]));
    const rate = now ? now.upper / Math.LN2 : this.data.rate;
    const { xaxis, yaxis } = chart._fullLayout;
    const [from, to] = [this.place, chart].map((one) => one.getBoundingClientRect());
    const x = to.left - from.left + xaxis._offset + xaxis.d2p(this.data.look.axis.stated(level));
    const y = to.top - from.top + yaxis._offset + yaxis.d2p(other ?? rate);
    this.handle.hidden = false;
    this.handle.style.transform = `translate(${x}px, ${y}px) translate(-50%, -50%)`;
    this.describe();
  }

  /** Dim what waits for the exact solution: other cards and charts, and the widgets of the levels. */
  mark(dragging) {
    document.body.classList.toggle("rd-dragging", dragging && !this.own?.stages);
    const dim = dragging ? this.waits() : [];
    const { waits, controls } = this.data ?? { waits: [], controls: [] };
    for (const key of [...waits, ...controls.flatMap((one) => [one.field, one.slider])]) {
      document.querySelector(`.st-key-${key}`)?.classList.toggle("rd-waits", dim.includes(key));
    }
  }

  /** Return the keys of what does not follow: the fields of the levels that move, and their sliders. */
  waits() {
    const { waits, controls } = this.data;
    if (this.noted) return waits;
    if (this.slid) return [...waits, controls[this.slid.which].field];
    const moving = this.own ? this.own.varies.map((k) => controls[k]) : controls;
    return [...waits, ...moving.flatMap((one) => (one ? [one.field, one.slider] : []))];
  }

  /** Return the range of each level that varies. */
  ranges() {
    return this.own.varies.map((_, axis) => ends(this.own, axis));
  }

  overlay(key) {
    if (!this.overlays.has(key)) this.overlays.set(key, new Overlay(key));
    return this.overlays.get(key);
  }

  describe() {
    const [first, last] = ends(this.own);
    const text = this.frames ? sentences(this.frames, this.data).join("; ") : this.data.said;
    const values = { min: first, max: last, now: this.values[0], text };
    for (const [name, value] of Object.entries(values)) {
      this.handle.setAttribute(`aria-value${name}`, value);
    }
    this.handle.setAttribute("aria-label", this.data.label);
  }

  /** Follow a slider of the page, which says a level; what nothing is proved for is left to the server. */
  slide(which, said) {
    if (!this.own || this.own.stages || !Number.isFinite(said)) return;
    const level = this.data.look.how.level(said);
    const axis = this.own.varies.indexOf(which);
    const [first, last] = axis < 0 ? [0, Infinity] : ends(this.own, axis);
    const known = axis >= 0 || adapts(this.own);
    if (!known || level < first || level > last) {
      this.leave();
      return;
    }
    this.slid = { which, level, axis };
    this.go(axis < 0 ? this.data.values : this.data.values.map((one, k) => (k === axis ? level : one)));
  }

  /** Give up what a slider began. */
  leave() {
    cancelAnimationFrame(this.next);
    this.next = null;
    if (this.slid) this.rest();
  }

  /** Follow the handle to some levels: compute the frame and draw it on all charts. */
  go(values) {
    this.noted = false;
    this.values = this.own.stages
      ? stageAt(this.own, values[0]).levels
      : this.ranges().map((range, axis) => within(range, values[axis]));
    this.next ??= requestAnimationFrame((now) => {
      this.next = null;
      this.draw();
      if (this.frames) this.measure(now);
    });
  }

  draw() {
    this.state = "drag";
    if (holder !== this) holder?.rest();
    holder = this;
    this.mark(true);
    const own = this.ownFrame();
    if (!own) {
      this.leave();
      return;
    }
    this.frames = { own, best: this.bestFrame() };
    this.paint();
    fillTiles(this.data.tiles, this.frames, this.data);
    this.say();
    this.put();
  }

  /** Draw the frame over its charts, or over those alone that have been drawn anew since. */
  paint(lost = false) {
    for (const { key, kind } of this.data.charts) {
      const overlay = this.overlay(key);
      if (lost && !overlay.isLost()) continue;
      if (overlay.attached()) DRAWINGS[kind](overlay, this.frames, this.data.look);
    }
  }

  /** Return the frame at the levels that are set; null if a slider asks for what is not reached. */
  ownFrame() {
    const before = this.frames?.own ?? null;
    if (!this.slid || this.slid.axis >= 0) return frameFrom(this.own, this.values, before);
    return this.moved(this.own, before);
  }

  /** Return the frame for every codebook beside that for the chosen one; null if there is none. */
  bestFrame() {
    if (!this.best || this.values[0] < ends(this.best)[0]) return null;
    if (!this.slid || this.slid.axis >= 0) return frame(this.best, ...this.values);
    return adapts(this.best) ? this.moved(this.best, this.frames?.best ?? null) : null;
  }

  /** Return the frame of a path where a slider moved another level; null if it is not reached. */
  moved(path, before) {
    const { which, level } = this.slid;
    const found = frameBeside(path, which, level, this.values, before);
    const missed = found.levels.some((one, k) => Math.abs(one / found.asked[k] - 1) > FAR);
    const loose = path.problem.every && found.upper - found.lower > LOOSE;
    return missed || loose ? null : { ...found, moved: { which, before: path.fixed[which] } };
  }

  /** Note the frame for whoever asks how the dragging went. */
  measure(now) {
    const { own, best } = this.frames;
    const gap = (one) => (one ? (one.upper - one.lower) / Math.LN2 : 0);
    const log = (window.rdFrames ??= []);
    if (log.length > 5000) log.shift();
    log.push({ at: now, level: this.values[0], own: gap(own), best: gap(best) });
  }

  say() {
    const wait = this.data.best && !this.best ? this.data.wait : this.data.hint;
    const parts = this.frames ? sentences(this.frames, this.data) : [wait];
    this.line.classList.toggle("rd-long", this.data.rows > 1);
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
    if (this.state !== "drag") return; // the last frame was given up
    this.state = "sent";
    if (this.isShown()) this.settle();
    else if (!this.slid) this.send("levels", this.values);
  }

  /** Whether the server has the levels that are set, as after a movement there and back. */
  isShown() {
    const now = (k) => this.data.awaited?.[k] ?? this.level(k);
    if (!this.slid) return this.values.every((one, axis) => one === now(this.own.varies[axis]));
    return Math.abs(this.slid.level / now(this.slid.which) - 1) <= ALIKE;
  }

  /** Return the levels at a place of the screen, no finer than a pixel is. */
  levelsAt(clientX, clientY) {
    const { xaxis, yaxis } = this.chart._fullLayout;
    const box = this.chart.getBoundingClientRect();
    const pixels = [clientX - box.left - xaxis._offset, clientY - box.top - yaxis._offset];
    const at = this.own.varies.map((_, k) => roundedAt([xaxis, yaxis][k], pixels[k]));
    return at.map((one) => this.data.look.axis.level(one));
  }

  listen() {
    const { handle } = this;
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.chart) return;
      this.slid = null;
      const box = handle.getBoundingClientRect();
      this.grip = [
        event.clientX - (box.left + box.width / 2),
        event.clientY - (box.top + box.height / 2),
      ];
      handle.setPointerCapture(event.pointerId);
      handle.classList.add("rd-held");
      this.chart.querySelectorAll(".hoverlayer > *").forEach((one) => one.remove());
      event.preventDefault();
      handle.focus({ preventScroll: true });
    });
    handle.addEventListener("pointermove", (event) => {
      if (handle.hasPointerCapture(event.pointerId)) {
        this.go(this.levelsAt(event.clientX - this.grip[0], event.clientY - this.grip[1]));
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

  /** Move by the steps of the sliders; the levels are committed after a pause. */
  key(event) {
    if (event.key === "Enter") return this.commit();
    const upright = ["ArrowUp", "ArrowDown"].includes(event.key) && this.own.varies.length > 1;
    const axis = upright ? 1 : 0;
    const level = stepped(this.data.steps[axis], this.values[axis], event.key, this.data.falls);
    if (level === null) return;
    event.preventDefault();
    clearTimeout(this.pause);
    this.slid = null;
    this.go(this.values.map((one, k) => (k === axis ? level : one)));
    this.pause = setTimeout(() => this.commit(), PAUSE);
  }

  remove() {
    window.removeEventListener("rd-path", this.came);
    this.sliders.remove();
    this.watch.disconnect();
    this.sizes.disconnect();
    clearTimeout(this.pause);
    if (holder === this) holder = null;
    [this.waiting, this.next].forEach((one) => cancelAnimationFrame(one));
    this.mark(false);
    emptyTiles(this.data?.tiles ?? []);
    this.overlays.forEach((one) => one.remove());
    this.handle.remove();
    this.line.remove();
  }
}

/** Return the value in a range that is next to a value; the ends are rounded into the range. */
function within([first, last], value) {
  if (value > first && value < last) return value;
  const end = value <= first ? first : last;
  const unit = 10 ** (Math.floor(Math.log10(end)) - 3);
  const rounded = value <= first ? Math.ceil(end / unit) : Math.floor(end / unit);
  const short = Number((rounded * unit).toPrecision(4));
  return short >= first && short <= last ? short : end;
}

/** Return the value at a pixel of an axis, rounded so that a pixel holds one value or few. */
function roundedAt(axis, pixel) {
  const at = (place) => axis.p2d(Math.min(Math.max(place, 0), axis._length));
  const size = Math.abs(at(pixel + 0.5) - at(pixel - 0.5)) || 1e-12;
  const decimals = Math.min(Math.max(Math.ceil(-Math.log10(size)), 0), 12);
  return Number(at(pixel).toFixed(decimals));
}

/** Return the step that a key leads to from a level; null if the key is for something else. */
function stepped(steps, level, key, falls) {
  const ends = falls ? ["End", "Home"] : ["Home", "End"]; // by their places on the screen
  if (ends.includes(key)) return key === ends[0] ? steps[0] : steps[steps.length - 1];
  const sense = falls && /Right|Left/.test(key) ? -1 : 1;
  const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[key] * sense;
  if (Number.isNaN(by)) return null;
  const beyond =
    by > 0
      ? steps.filter((one) => one > level * (1 + 1e-9))
      : steps.filter((one) => one < level * (1 - 1e-9)).reverse();
  return beyond[Math.min(Math.abs(by), beyond.length) - 1] ?? level;
}

/** Whether two levels are the same but for rounding. */
function alike(one, other) {
  return Math.abs(one / other - 1) < 1e-9;
}

/** Whether a path has frames where another level than its own moves. */
function adapts({ problem }) {
  return problem && (!problem.every || (problem.dim === 1 && problem.quadratic));
}

/** Hand the component to whoever waits for it in drag.js. */
export function begin() {
  const code = (window.rdDrag ??= {});
  code.mount = mount;
  code.waiting?.forEach((one) => one());
  code.waiting = null;
}

/** Draw the component, or what changed; return what removes it. */
function mount(component) {
  const { data, parentElement, setTriggerValue } = component;
  let drag = live.get(parentElement);
  if (!drag) {
    drag = new Drag(parentElement);
    live.set(parentElement, drag);
  }
  drag.update(JSON.parse(new TextDecoder().decode(data)), setTriggerValue);
  return () => {
    drag.remove();
    live.delete(parentElement);
  };
}
