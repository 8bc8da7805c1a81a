// Keeps a selection that is being drawn when its chart is drawn anew, as it is when a result arrives.
//
// Streamlit then replaces the chart, and Plotly's gesture ends with the old one. The path of the
// pointer is kept here; its outline is shown over the new chart, and on release Plotly repeats it
// there.

const PATIENCE = 5000; // milliseconds in which a chart that is being drawn may come
const MOST_MOVES = 60;
const SVG = "http://www.w3.org/2000/svg";

export default function () {
  window.rdGesture ??= listen();
}

function listen() {
  let held = null;
  const at = (type, work) => document.addEventListener(type, work, { capture: true });
  at("mousedown", (event) => {
    held?.outline.remove();
    held = event.isTrusted && event.button === 0 ? begun(event) : null;
  });
  at("mousemove", (event) => {
    if (!held || !event.isTrusted) return;
    held.path.push([event.clientX - held.left, event.clientY - held.top]);
    if (isLost(held)) draw(held);
  });
  at("mouseup", (event) => {
    if (!held || !event.isTrusted) return;
    const done = held;
    held = null;
    done.outline.remove();
    // Plotly first ends the gesture on the old chart.
    if (isLost(done)) setTimeout(() => repeat(done, performance.now() + PATIENCE));
  });
  return true;
}

/** Whether the chart is gone. Plotly's gesture on it goes on to the release, and needs what it had. */
function isLost({ chart, kept }) {
  if (chart.isConnected) return false;
  for (const [name, value] of Object.entries(kept)) if (!(name in chart)) chart[name] = value;
  chart.emit = () => {};
  return true;
}

function begun(event) {
  const area = event.target.closest?.(".nsewdrag");
  const chart = area?.closest(".js-plotly-plot");
  const name = [...(chart?.closest('[class*="st-key-"]')?.classList ?? [])].find((one) => one.startsWith("st-key-"));
  const layout = chart?._fullLayout;
  if (!name || !["select", "lasso"].includes(layout?.dragmode)) return null;
  const { left, top } = area.getBoundingClientRect();
  const path = [[event.clientX - left, event.clientY - top]];
  const { shiftKey, altKey } = event;
  return { chart, kept: { ...chart }, name, left, top, path, keys: { shiftKey, altKey }, outline: document.createElementNS(SVG, "svg") };
}

/** Return where the selection may be drawn on the chart as it is now; null while there is none. */
function areaOf({ name }) {
  const chart = document.querySelector(`.${name} .js-plotly-plot`);
  return chart?._fullLayout?._plots ? chart.querySelector(".nsewdrag") : null;
}

/** Draw the outline over the new chart, as Plotly does. */
function draw(held) {
  const area = areaOf(held);
  if (!area) return;
  const layout = area.closest(".js-plotly-plot")._fullLayout;
  const { left, top, width, height } = area.getBoundingClientRect();
  const inside = held.path.map(([x, y]) => [within(x, width), within(y, height)]);
  const [[x0, y0], [x1, y1]] = [inside[0], inside[inside.length - 1]];
  const [above, below] = layout.selectdirection === "h" ? [0, height] : [y0, y1];
  const box = [[x0, above], [x1, above], [x1, below], [x0, below]];
  const points = (layout.dragmode === "lasso" ? inside : box).join(" ");
  const { outline } = held;
  outline.style.cssText =
    `position:fixed;left:${left}px;top:${top}px;width:${width}px;height:${height}px;` +
    "pointer-events:none;z-index:10;overflow:visible";
  const shape = document.createElementNS(SVG, "polygon");
  shape.setAttribute("points", points);
  shape.setAttribute("style", "fill:none;stroke:var(--text-color, currentColor);stroke-dasharray:4 2");
  outline.replaceChildren(shape);
  document.body.append(outline);
}

function within(value, most) {
  return Math.min(Math.max(value, 0), most);
}

/** Have Plotly repeat the gesture on the chart as it is now. */
function repeat(held, until) {
  const area = areaOf(held);
  if (!area) {
    if (performance.now() < until) requestAnimationFrame(() => repeat(held, until));
    return;
  }
  const { left, top } = area.getBoundingClientRect();
  const send = (type, [x, y], buttons) => {
    const place = { clientX: left + x, clientY: top + y, button: 0, buttons };
    area.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, view: window, ...place, ...held.keys }));
  };
  const { path } = held;
  const stride = Math.ceil(path.length / MOST_MOVES);
  send("mousedown", path[0], 1);
  path.forEach((place, k) => {
    if (k > 0 && (k % stride === 0 || k === path.length - 1)) send("mousemove", place, 1);
  });
  send("mouseup", path[path.length - 1], 0);
}
