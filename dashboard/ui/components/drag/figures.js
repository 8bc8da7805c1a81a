// The figures of a frame: the tiles of the page and the sentence below the chart.

import { atMost, bounds, figureOrZero, short } from "./words.js";

const LN2 = Math.LN2;

const VALUES = {
  rate: ({ own }) => [figureOrZero(own.upper / LN2), `gap ≤ ${gap(own)} bits`],
  price: ({ own }, { which }, data) => {
    const price = data.look.how.price(own.prices[which], own.levels[which]) / LN2;
    const { symbol } = data.marks[which];
    const held = price > 1e-7 ? "binding at" : "slack:";
    return [about(price), `${held} ${symbol} = ${short(data.look.how.stated(own.levels[which]))}`];
  },
  bestRate: ({ best }) => best && [figureOrZero(best.upper / LN2), `gap ≤ ${gap(best)} bits`],
  extra: ({ own, best }) => {
    if (!best) return null;
    const extra = Math.max(own.upper - best.upper, 0) / LN2;
    const error = Math.max(own.upper - own.lower, best.upper - best.lower) / LN2;
    return [figureOrZero(extra), `gap ≤ ${atMost(error)} bits`];
  },
  bestPrice: ({ own, best }, { which }, { look: { how } }) =>
    best && [
      about(how.price(best.prices[which], best.levels[which]) / LN2),
      `this codebook: ${about(how.price(own.prices[which], own.levels[which]) / LN2)}`,
    ],
};

function gap(frame) {
  return atMost((frame.upper - frame.lower) / LN2);
}

/** Write what a frame comes close to and does not prove. */
function about(value) {
  return `≈ ${figureOrZero(value)}`;
}

function tileOf(label) {
  return [...document.querySelectorAll('[data-testid="stMetric"]')].find((one) =>
    one.querySelector('[data-testid="stMetricLabel"]')?.textContent.startsWith(label)
  );
}

/** Show the figures of a frame in the tiles of the page. */
export function fillTiles(tiles, frames, data) {
  for (const one of tiles) {
    const tile = tileOf(one.label);
    const found = VALUES[one.kind](frames, one, data);
    if (!tile) continue;
    if (!found) {
      empty(tile);
      continue;
    }
    show(tile.querySelector('[data-testid="stMetricValue"]'), found[0], one.unit);
    show(tile.querySelector('[data-testid="stMetricDelta"]'), found[1], "");
  }
}

function show(place, text, unit) {
  if (!place) return;
  place.dataset.live = text;
  place.dataset.liveUnit = unit ? ` ${unit}` : "";
}

/** Show the tiles as the server drew them. */
export function emptyTiles(tiles) {
  for (const one of tiles) {
    const tile = tileOf(one.label);
    if (tile) empty(tile);
  }
}

function empty(tile) {
  tile.querySelectorAll("[data-live]").forEach((place) => {
    delete place.dataset.live;
    delete place.dataset.liveUnit;
  });
}

/** Say what a frame reaches and what is proved there, in parts. */
export function sentences({ own, best }, data) {
  if (own.said) return own.said;
  const levels = data.marks.map(({ symbol }, k) => `${symbol} = ${short(data.look.how.stated(own.levels[k]))}`);
  const parts = [`${levels.join(", ")} ${data.unit}`, said("R", own)];
  if (best) parts.push(said("R of the free codebook", best));
  if (!own.problem) parts.push(data.large);
  if (own.moved) {
    const { which, before } = own.moved;
    parts.push(`faded: ${data.marks[which].symbol} = ${short(data.look.how.stated(before))}`);
  }
  return parts;
}

function said(name, frame) {
  const [low, high] = bounds(frame.lower / LN2, frame.upper / LN2);
  return `${low} ≤ ${name} ≤ ${high} bits`;
}
