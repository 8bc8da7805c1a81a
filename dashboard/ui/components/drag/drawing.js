// How a frame is drawn on each chart of the page.

import { shape } from "./overlay.js";
import { evaluate } from "./proof.js";
import { short } from "./words.js";

const IN_USE = 1e-6;
const LN2 = Math.LN2;
const MOST_COLUMNS = 400;

/** Draw the operating point and the tangent on the curve. */
export function drawCurve(overlay, frames, look) {
  overlay.hide(["operating point", "slope = price", "free codebook"]);
  overlay.fade(frames.own.moved);
  overlay.plot.replaceChildren();
  const { own, best } = frames;
  const axis = overlay.chart._fullLayout.xaxis;
  const level = own.levels[look.which];
  const rate = own.upper / LN2;
  const price = own.prices[look.which] / LN2;
  const { stated } = look.axis;
  const right = axis.range[1] / 1.03;
  // The tangent is straight in the levels of the solver, and bent along any other axis.
  const levels =
    axis.type === "log" || look.axis.bent
      ? Array.from({ length: 16 }, (_, k) => level * 0.55 * (1.6 / 0.55) ** (k / 15))
      : [-0.09, 0.09].map((by) => Math.max(look.axis.level(stated(level) + by * right), 0));
  const line = levels.map((one) => [overlay.x(stated(one)), overlay.y(rate - price * (one - level))]);
  shape("polyline", { points: line.join(" "), class: "rd-tangent", stroke: look.text }, overlay.plot);
  if (best) diamond(overlay, [stated(best.levels[look.which]), best.upper / LN2], 10, look);
  circle(overlay, [stated(level), rate], look.ring, look);
}

/** Draw the price of each level at the level reached. */
export function drawPrices(overlay, { own }, look) {
  overlay.hide(["operating point"]);
  overlay.fade(own.moved);
  overlay.plot.replaceChildren();
  own.prices.forEach((price, k) => {
    const bits = look.how.price(price, own.levels[k]) / LN2;
    const seen = overlay.chart._fullLayout.yaxis.type !== "log" || bits > 1e-7;
    if (seen) circle(overlay, [look.axis.stated(own.levels[look.which]), bits], look.shades[k], look);
  });
}

/** Draw the operating point on a map over two levels. */
export function drawMap(overlay, { own }, look) {
  overlay.hide(["operating point"]);
  overlay.plot.replaceChildren();
  circle(overlay, look.over.map((k) => own.levels[k]), look.text, look);
}

function circle(overlay, [x, y], ring, look) {
  const place = { cx: overlay.x(x), cy: overlay.y(y), r: 5.5 };
  shape("circle", { ...place, fill: look.ground, stroke: ring, "stroke-width": 2.5 }, overlay.plot);
}

function diamond(overlay, [x, y], size, look) {
  const [a, b, s] = [overlay.x(x), overlay.y(y), size * 0.65];
  const points = `${a - s},${b} ${a},${b - s} ${a + s},${b} ${a},${b + s}`;
  const style = { fill: look.ground, stroke: look.codebook, "stroke-width": 2 };
  shape("polygon", { points, ...style }, overlay.plot);
}

/** Draw the codewords with their probabilities over the source. */
export function drawSource(overlay, frames, look) {
  overlay.plot.replaceChildren();
  overlay.margin.replaceChildren();
  if (!frames.own.problem) {
    overlay.hide(["codebook", "codewords", "free codebook", "free codewords"]);
    return;
  }
  if (frames.own.problem.dim === 1) drawSticks(overlay, frames, look);
  else drawDots(overlay, frames, look);
}

/** Draw a stage on the chart that has its handle: what the other charts show is there. */
export function drawStage(overlay, { own }, look) {
  overlay.hide(["shown"]);
  overlay.plot.replaceChildren();
  const [x, height] = [overlay.x(own.levels[0]), overlay.chart._fullLayout.yaxis._length];
  shape("line", { x1: x, x2: x, y1: 0, y2: height, class: "rd-tangent", stroke: look.muted }, overlay.plot);
  circle(overlay, [own.levels[0], own.upper / LN2], look.ring, look);
}

function drawSticks(overlay, { own, best }, look) {
  // The stages of a method have one axis for all; elsewhere it follows the masses.
  const fixed = own.said ? overlay.chart._fullLayout.yaxis2?.range[1] : 0;
  const names = ["codebook", "codewords", "free codebook", "free codewords"];
  overlay.hide(names, fixed ? [] : [".y2tick"]);
  const masses = [own, best].filter((one) => one?.problem).flatMap((one) => [...one.at.q]);
  const top = fixed || 1.06 * Math.max(...masses);
  const height = overlay.chart._fullLayout.yaxis._length;
  const y = (mass) => height * (1 - mass / top);
  sticks(overlay, own, y, { stroke: look.codebook, "stroke-width": 2.5 }, (at) =>
    shape("circle", { cx: at[0], cy: at[1], r: 3.5, fill: look.codebook }, overlay.plot)
  );
  if (best?.problem) {
    const style = { stroke: look.codebook, "stroke-width": 1.2, "stroke-dasharray": "2 3" };
    sticks(overlay, best, y, style, ([a, b]) => {
      const points = `${a - 5.5},${b} ${a},${b - 5.5} ${a + 5.5},${b} ${a},${b + 5.5}`;
      const open = { fill: look.ground, stroke: look.codebook, "stroke-width": 2 };
      shape("polygon", { points, ...open }, overlay.plot);
    });
  }
  if (!fixed) rightTicks(overlay, top, y, look);
}

function sticks(overlay, frame, y, style, mark) {
  const { q } = frame.at;
  frame.problem.codewords.forEach((word, j) => {
    if (!(q[j] > IN_USE)) return;
    const at = [overlay.x(word), y(q[j])];
    shape("line", { x1: at[0], x2: at[0], y1: y(0), y2: at[1], ...style }, overlay.plot);
    mark(at);
  });
}

function rightTicks(overlay, top, y, look) {
  const { xaxis, yaxis } = overlay.chart._fullLayout;
  const raw = top / 5;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = unit * [1, 2, 5, 10].find((one) => one * unit >= raw);
  for (let value = 0; value <= top; value += step) {
    label(overlay, short(value), xaxis._offset + xaxis._length + 7, yaxis._offset + y(value), {
      fill: look.muted,
      "text-anchor": "start",
    });
  }
}

function label(overlay, text, x, y, style) {
  const made = shape("text", { x, y: y + 4, class: "rd-tick", ...style }, overlay.margin);
  made.textContent = text;
}

function drawDots(overlay, { own, best }, look) {
  overlay.hide(["codebook", "free codebook"]);
  const dots = (frame, smallest, draw) => {
    const { q } = frame.at;
    const most = Math.max(...q);
    q.forEach((mass, j) => {
      if (!(mass > IN_USE)) return;
      const size = smallest + 15 * Math.sqrt(mass / most);
      draw([frame.problem.codewords[2 * j], frame.problem.codewords[2 * j + 1]], size);
    });
  };
  dots(own, 5, ([x, y], size) => {
    const place = { cx: overlay.x(x), cy: overlay.y(y), r: size / 2 };
    const style = { fill: look.codebook, stroke: look.ground, "stroke-width": 1.5 };
    shape("circle", { ...place, ...style }, overlay.plot);
  });
  if (best?.problem) dots(best, 7, (at, size) => diamond(overlay, at, size, look));
}

/** Draw the channel as a map: codewords in use against atoms. */
export function drawChannel(overlay, { own }, look) {
  if (!own.problem) return;
  overlay.hide([], [".hm", ".heatmaplayer", ".ytick", ".cartesianlayer .ygrid"]);
  overlay.margin.replaceChildren();
  const { problem, at } = own;
  evaluate(problem, at.r, at.slopes); // the kernel of this frame
  const used = [...at.q.keys()].filter((j) => at.q[j] > IN_USE);
  if (problem.dim === 1) used.sort((i, j) => problem.codewords[i] - problem.codewords[j]);
  const order = atomOrder(problem, at, used);
  const { xaxis, yaxis } = overlay.chart._fullLayout;
  const canvas = canvasOf(overlay, xaxis._length, yaxis._length);
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(
    imageOf(problem, at, order, used, look), ...columnsSpan(overlay, problem, order)
  );
  const stride = Math.ceil(used.length / look.mostTicks);
  used.forEach((j, row) => {
    if (row % stride) return;
    const middle = yaxis._length * (1 - (row + 0.5) / used.length);
    const word = problem.codewords.slice(j * problem.dim, (j + 1) * problem.dim);
    const name = Array.from(word, (one) => short(one, 3)).join(", ");
    const text = problem.dim > 1 ? `(${name})` : name;
    label(overlay, text, xaxis._offset - 7, yaxis._offset + middle, {
      fill: look.muted,
      "text-anchor": "end",
    });
  });
}

function canvasOf(overlay, width, height) {
  let canvas = overlay.layer.querySelector("canvas");
  if (!canvas) {
    canvas = document.createElement("canvas");
    overlay.layer.prepend(canvas);
  }
  const { xaxis, yaxis } = overlay.chart._fullLayout;
  canvas.style.cssText = `left:${xaxis._offset}px;top:${yaxis._offset}px`;
  if (canvas.width !== Math.round(width) || canvas.height !== Math.round(height)) {
    canvas.width = Math.round(width);
    canvas.height = Math.round(height);
  }
  return canvas;
}

function atomOrder(problem, at, used) {
  const order = [...Array(problem.n).keys()];
  if (problem.dim === 1) {
    order.sort((a, b) => problem.points[a] - problem.points[b]);
  } else {
    const likely = order.map((x) => {
      const row = used.map((j) => (at.r[j] * problem.kernel[x * problem.m + j]) / at.Z[x]);
      const top = Math.max(...row);
      return [row.indexOf(top), top];
    });
    order.sort((a, b) => likely[a][0] - likely[b][0] || likely[b][1] - likely[a][1]);
  }
  const step = (order.length - 1) / (MOST_COLUMNS - 1);
  if (order.length <= MOST_COLUMNS) return order;
  return Array.from({ length: MOST_COLUMNS }, (_, k) => order[Math.round(k * step)]);
}

/** Return the left, top, width and height of the image in the plot. */
function columnsSpan(overlay, problem, order) {
  const { xaxis, yaxis } = overlay.chart._fullLayout;
  const count = order.length;
  const place = (k) => (problem.dim === 1 ? problem.points[order[k]] : k);
  const [first, last] = [overlay.x(place(0)), overlay.x(place(count - 1))];
  const half = count > 1 ? (last - first) / (count - 1) / 2 : xaxis._length / 2;
  return [first - half, 0, last - first + 2 * half, yaxis._length];
}

function imageOf(problem, at, order, used, look) {
  const { kernel, m } = problem;
  const image = new ImageData(order.length, used.length);
  const [red, green, blue] = look.certifiedRgb;
  used.forEach((j, row) => {
    order.forEach((x, column) => {
      const share = (at.r[j] * kernel[x * m + j]) / at.Z[x];
      // The scale of the map: transparent at 0, 0.6 in the middle, opaque at 1.
      const opacity = share < 0.5 ? 1.2 * share : 0.2 + 0.8 * share;
      const place = 4 * ((used.length - 1 - row) * order.length + column);
      image.data.set([red, green, blue, 255 * opacity], place);
    });
  });
  const small = new OffscreenCanvas(order.length, used.length);
  small.getContext("2d").putImageData(image, 0, 0);
  return small;
}

export const DRAWINGS = {
  stage: drawStage,
  curve: drawCurve,
  prices: drawPrices,
  map: drawMap,
  source: drawSource,
  channel: drawChannel,
};
