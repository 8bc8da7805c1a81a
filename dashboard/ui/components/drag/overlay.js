// A layer over a chart of the page, on which a frame is drawn in place of some of its traces.

const SVG = "http://www.w3.org/2000/svg";

/** Find a chart by the key of its element; null while it is not drawn. */
export function chartOf(key) {
  const found = document.querySelector(`.st-key-${key} .js-plotly-plot`);
  return found?._fullLayout?.xaxis && found._fullData ? found : null;
}

/** Make an element of a drawing. */
export function shape(name, attributes = {}, parent = null) {
  const made = document.createElementNS(SVG, name);
  set(made, attributes);
  parent?.append(made);
  return made;
}

export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

/** The layer over one chart. */
export class Overlay {
  constructor(key) {
    this.key = key;
    this.chart = null;
    this.hidden = [];
    this.layer = document.createElement("div");
    this.layer.className = "rd-layer";
    this.layer.setAttribute("aria-hidden", "true");
    this.svg = shape("svg", {}, this.layer);
    this.plot = shape("svg", { overflow: "hidden" }, this.svg);
    this.margin = shape("g", {}, this.svg);
  }

  /** Put the layer over the chart that is drawn now; false if there is none. */
  attached() {
    const chart = chartOf(this.key);
    if (!chart) return false;
    if (chart !== this.chart || !this.layer.isConnected) {
      this.chart = chart;
      this.hidden = [];
      const place = chart.parentElement;
      if (getComputedStyle(place).position === "static") place.style.position = "relative";
      place.append(this.layer);
    }
    const { width, height } = chart._fullLayout;
    const { xaxis, yaxis } = chart._fullLayout;
    this.layer.style.cssText = `left:${chart.offsetLeft}px;top:${chart.offsetTop}px;width:${width}px;height:${height}px`;
    set(this.svg, { width, height });
    set(this.plot, { x: xaxis._offset, y: yaxis._offset, width: xaxis._length, height: yaxis._length });
    return true;
  }

  /** Whether the chart that is drawn now is another one than that below the layer. */
  isLost() {
    const chart = chartOf(this.key);
    return chart !== null && (chart !== this.chart || !this.layer.isConnected);
  }

  /** Return the pixel of a value within the plot. */
  x(value) {
    return this.chart._fullLayout.xaxis.d2p(value);
  }

  y(value) {
    return this.chart._fullLayout.yaxis.d2p(value);
  }

  /** Hide traces by their names, and other parts of the chart by selectors. */
  hide(names, selectors = []) {
    if (this.hidden.length) return;
    const chosen = this.chart._fullData.filter((one) => names.includes(one.name));
    const found = chosen.flatMap((one) => [...this.chart.querySelectorAll(`.trace${one.uid}`)]);
    found.push(...selectors.flatMap((one) => [...this.chart.querySelectorAll(one)]));
    found.forEach((one) => (one.style.visibility = "hidden"));
    this.hidden = found;
  }

  /** Fade the curves of the chart, or not: they are for other levels than those of the frame. */
  fade(wanted) {
    this.layer.parentElement.classList.toggle("rd-faded", Boolean(wanted));
  }

  /** Show the chart as it is drawn, without the layer. */
  clear() {
    this.layer.parentElement?.classList.remove("rd-faded");
    this.hidden.forEach((one) => (one.style.visibility = ""));
    this.hidden = [];
    this.plot.replaceChildren();
    this.margin.replaceChildren();
    this.layer.querySelectorAll("canvas").forEach((one) => one.remove());
  }

  remove() {
    this.clear();
    this.layer.remove();
  }
}
