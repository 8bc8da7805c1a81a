// A frame: r, λ and codewords between two solved levels, what their channel reaches, and the proof.

import { numbers, problemOf, withCodewords } from "./problem.js";
import { dualBelow, evaluate, informationAbove } from "./proof.js";
import { corrected } from "./newton.js";
import { joined, nearer } from "./moving.js";
import { supremum } from "./supremum.js";

const STEPS = 8;
const PRUNED_STEPS = 4;
// A frame is good enough, and near enough to leave out columns, at such gaps in nats.
const GOOD = 5e-5;
const NEAR = 3e-4;
const LOSS = 1e-4;
// Shares of 1 - c below which a mass is left out, most first.
const FAINT = [0.05, 0.005];
// What a frame that starts from another one adds to all masses together.
const FAINTEST = 1e-3;
// How often the codewords of a frame move, if they have to, and the gap at which they need not.
const MOVES = 6;
const MOVED = 5e-4;
const CLOSE_BY = 1.2e-3;
const SLOW = 0.7; // moves that leave more of the gap than this, twice, are not worth their time
const SHARES = [0.25, 0.5, 0.75];
const MOST_MOVED = 8000; // pairs of an atom and a codeword
// A relative error of a level counts as much as this many nats.
const OFF = 0.02;

/**
 * Read a path along one level, or a grid over two: solved levels (L, F) with bounds, prices and, if
 * the source is small, solutions. `place` has the index of each place of the grid, -1 if unsolved.
 */
export function pathOf(data) {
  if (data.stages) return stagesOf(data);
  const levels = numbers(data.levels);
  const lowers = numbers(data.lowers);
  const count = lowers.length;
  const fidelities = levels.length / count;
  const varies = [data.which].flat();
  const along = Float64Array.from({ length: count }, (_, i) => levels[i * fidelities + varies[0]]);
  const path = {
    varies,
    axes: data.axes ? data.axes.map((one) => numbers(one)) : [along],
    place: data.place ?? [...Array(count).keys()],
    count,
    fidelities,
    levels,
    fixed: levels.subarray(0, fidelities),
    lowers,
    uppers: numbers(data.uppers),
    prices: numbers(data.prices),
    problem: null,
  };
  if (!data.problem) return path;
  const problem = problemOf(data.problem);
  const masses = numbers(data.masses);
  const words = numbers(data.codewords);
  const sizes = data.sizes;
  let at = 0;
  path.nodes = sizes.map((size) => {
    const node = {
      masses: masses.subarray(at, at + size),
      codewords: problem.every && !data.shared ? words.subarray(at * problem.dim, (at + size) * problem.dim) : words,
    };
    at += size;
    return node;
  });
  path.slopes = numbers(data.slopes);
  path.shared = Boolean(data.shared);
  path.problem = problem.every && !path.shared ? problem : withCodewords(problem, words);
  return path;
}

/** Read the stages of a method: each is a frame of its own, and there is nothing between them. */
function stagesOf({ stages, dim, logarithmic }) {
  const found = stages.map((one) => ({
    levels: [one.at],
    lower: one.lower * Math.LN2,
    upper: one.upper * Math.LN2,
    said: one.said,
    problem: { dim, codewords: numbers(one.codewords) },
    at: { q: numbers(one.masses) },
  }));
  found.sort((one, other) => one.levels[0] - other.levels[0]);
  return { varies: [0], axes: [found.map((one) => one.levels[0])], stages: found, logarithmic };
}

/** Return the stage that is nearest to a place on its axis. */
export function stageAt({ stages, logarithmic }, place) {
  const on = (value) => (logarithmic ? Math.log(Math.max(value, Number.MIN_VALUE)) : value);
  const away = (one) => Math.abs(on(one.levels[0]) - on(place));
  return stages.reduce((best, one) => (away(one) < away(best) ? one : best));
}

/** Return the first and the last value of a level that varies. */
export function ends(path, axis = 0) {
  const levels = path.axes[axis];
  return [levels[0], levels[levels.length - 1]];
}

/** Return the place of a value between two levels: an index, and the shares of the way to the next. */
function placed(levels, value) {
  let left = 0;
  let right = levels.length - 1;
  while (right - left > 1) {
    const middle = (left + right) >> 1;
    if (levels[middle] <= value) left = middle;
    else right = middle;
  }
  const [low, high] = [levels[left], levels[right]];
  const within = (share) => (high > low ? Math.min(Math.max(share, 0), 1) : 0);
  const share = within((value - low) / (high - low));
  // The price of D is nearly linear where both scales are logarithmic.
  const log = low > 0 ? within(Math.log(value / low) / Math.log(high / low)) : share;
  return { left, right, share, log };
}

/** Return the solved neighbours of a place, each with its share; `whole` if none is missing. */
function corners(path, wanted) {
  let found = [{ place: 0, share: 1, log: 1 }];
  wanted.forEach((value, axis) => {
    const { left, right, share, log } = placed(path.axes[axis], value);
    const count = path.axes[axis].length;
    found = found.flatMap((one) => [
      { place: one.place * count + left, share: one.share * (1 - share), log: one.log * (1 - log) },
      { place: one.place * count + right, share: one.share * share, log: one.log * log },
    ]);
  });
  found = found.filter((one) => one.share > 0);
  let known = found.filter((one) => path.place[one.place] >= 0);
  const whole = known.length === found.length;
  if (!known.length) known = [{ place: nearestSolved(path, wanted), share: 1, log: 1 }];
  const [total, logs] = ["share", "log"].map((name) => known.reduce((sum, one) => sum + one[name], 0));
  return {
    whole,
    nodes: known.map((one) => ({
      index: path.place[one.place],
      share: one.share / total,
      log: logs > 0 ? one.log / logs : one.share / total,
    })),
  };
}

/** Return the place of the solved levels that are nearest to some levels, by their ratios. */
function nearestSolved({ axes, place }, wanted) {
  let [best, least] = [-1, Infinity];
  place.forEach((index, at) => {
    if (index < 0) return;
    let rest = at;
    let away = 0;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const count = axes[axis].length;
      away += Math.log(axes[axis][rest % count] / wanted[axis]) ** 2;
      rest = Math.floor(rest / count);
    }
    if (away < least) [best, least] = [at, away];
  });
  return best;
}

/** Return bounds from the solved levels alone: supporting planes from below, chords from above. */
export function solvedBounds(path, levels) {
  const { fidelities, varies, count } = path;
  let lower = 0;
  for (let i = 0; i < count; i++) {
    if (!(path.lowers[i] > 0)) continue;
    let plane = path.lowers[i];
    for (let k = 0; k < fidelities; k++) {
      const at = i * fidelities + k;
      plane -= path.prices[at] * (levels[k] - path.levels[at]);
    }
    if (plane > lower) lower = plane;
  }
  const size = path.prices.length * 1e-15;
  lower = Math.max(lower * (1 - 1e-14) - size, 0);
  const fixed = [...Array(fidelities).keys()].filter((k) => !varies.includes(k));
  const outside =
    fixed.some((k) => levels[k] < path.levels[k]) ||
    varies.some((k, axis) => levels[k] < ends(path, axis)[0]);
  if (outside) return { lower, upper: Infinity };
  const { whole, nodes } = corners(path, varies.map((k, axis) => Math.min(levels[k], ends(path, axis)[1])));
  const upper = nodes.reduce((sum, { index, share }) => sum + share * path.uppers[index], 0);
  return { lower, upper: whole ? upper * (1 + 1e-14) : Infinity };
}

/** Return r, λ, the codewords and the levels asked for, between solved levels. */
function mixed(path, wanted) {
  const { nodes } = corners(path, wanted);
  const problem = path.problem;
  const rows = problem.rows;
  const slopes = new Float64Array(rows);
  for (let k = 0; k < rows; k++) {
    const known = nodes.map(({ index }) => path.slopes[index * rows + k]);
    const mean = (name, value) =>
      nodes.reduce((sum, node, i) => sum + node[name] * value(known[i]), 0);
    slopes[k] = known.every((one) => one > 0)
      ? Math.exp(mean("log", Math.log))
      : mean("share", (one) => one);
  }
  const asked = levelsAt(path, wanted);
  if (problem.every && !path.shared) {
    const [one, other] = [nodes[0], nodes[nodes.length - 1]].map(({ index }) => path.nodes[index]);
    const share = nodes.length > 1 ? nodes[1].share : 0;
    return { ...blended(problem, one, other, share), slopes, asked };
  }
  const masses = new Float64Array(problem.m);
  nodes.forEach(({ index, share }) =>
    path.nodes[index].masses.forEach((r, j) => (masses[j] += share * r))
  );
  return { problem, masses, slopes, asked };
}

/**
 * Return the frame of a path where another level than its own has some value. Where the codewords
 * are free and that is too far from the frame before, it is reached in steps.
 */
export function frameBeside(path, which, level, values, before) {
  const at = (value, from) => frameFrom(elsewhere(path, which, value), values, from);
  const found = at(level, before);
  if (!path.problem.every || found.score < CLOSE_BY) return found;
  const first = before?.levels[which] ?? path.fixed[which];
  const between = SHARES.map((share) => first * (level / first) ** share);
  const other = [...between, level].reduce((frame, value) => at(value, frame), before);
  return other.score < found.score ? other : found;
}

/** Return the path with another value of a level that does not vary along it. */
export function elsewhere(path, which, level) {
  const fixed = Float64Array.from(path.fixed);
  fixed[which] = level;
  return { ...path, fixed, moved: true };
}

/** Return all levels (F) where those that vary have some values. */
function levelsAt(path, wanted) {
  const levels = Float64Array.from(path.fixed);
  path.varies.forEach((k, axis) => (levels[k] = wanted[axis]));
  return levels;
}

/** Join the codewords of two solutions: moved between them if they pair up, else all of both. */
function blended(problem, one, other, share) {
  const mix = (a, b) => (1 - share) * a + share * b;
  if (problem.dim === 1 && one.masses.length === other.masses.length) {
    const codewords = one.codewords.map((y, j) => mix(y, other.codewords[j]));
    const masses = one.masses.map((r, j) => mix(r, other.masses[j]));
    return { problem: withCodewords(problem, codewords), masses };
  }
  const found = new Map();
  const add = (node, part) => {
    node.masses.forEach((r, j) => {
      const y = node.codewords.slice(j * problem.dim, (j + 1) * problem.dim);
      const known = found.get(y.join());
      if (known) known.r += part * r;
      else found.set(y.join(), { y, r: part * r });
    });
  };
  add(one, 1 - share);
  add(other, share);
  const all = [...found.values()].sort((a, b) => a.y[0] - b.y[0]);
  const codewords = Float64Array.from(all.flatMap((each) => [...each.y]));
  const masses = Float64Array.from(all, (each) => each.r);
  return { problem: withCodewords(problem, codewords), masses };
}

/** Return the levels (F) of a frame and what each row leaves above its floor (K). */
function reached(problem, at, asked) {
  const found = Float64Array.from(asked);
  const needs = new Float64Array(found.length);
  const prices = new Float64Array(found.length);
  problem.owner.forEach((owner, k) => {
    const above = at.above[k] * (1 + 8 * problem.sums);
    const level = (problem.least[k] + above) * (1 + 4 * problem.rounding.eps);
    needs[owner] = Math.max(needs[owner], level);
    prices[owner] += at.slopes[k];
  });
  needs.forEach((level, k) => {
    // A level that is hardly missed is the one asked for: R is no larger there.
    const loss = prices[k] * (asked[k] - level);
    if (level > asked[k] || loss > LOSS) found[k] = level;
  });
  const rounded = (level) => 4 * problem.rounding.eps * level;
  const headroom = Float64Array.from(
    problem.owner,
    (owner, k) => found[owner] - problem.least[k] + rounded(found[owner])
  );
  return { levels: found, headroom, prices };
}

/**
 * Return the frame at a value of each level that varies: what is reached there, its bounds in nats, and its channel.
 *
 * Where the source is too large for that, the bounds are those of the solved levels.
 */
export function frame(path, ...values) {
  return frameFrom(path, values, null);
}

/** Return the frame as `frame` does; off the path, the frame before it is another place to start. */
export function frameFrom(path, values, before) {
  if (path.stages) return stageAt(path, values[0]);
  const wanted = values.map((value, axis) => {
    const [first, last] = ends(path, axis);
    return Math.min(Math.max(value, first), last);
  });
  if (!path.problem) return plainFrame(path, wanted);
  const start = mixed(path, wanted);
  const best = start.problem.every
    ? everyNearest(start, before, path)
    : nearest(path.moved ? [resumed(before), start] : [start], start.asked);
  const fromSolved = solvedBounds(path, best.levels);
  return {
    ...best,
    asked: start.asked,
    own: { lower: best.lower, upper: best.upper },
    lower: Math.max(best.lower, fromSolved.lower, 0),
    upper: Math.min(best.upper, fromSolved.upper),
  };
}

/** Return the r and λ of a frame to start from; a codeword that it left out may come back. */
function resumed(frame) {
  if (!frame?.at) return null;
  const { r, slopes } = frame.at;
  return { problem: frame.problem, masses: r.map((one) => one + FAINTEST / r.length), slopes };
}

/** Return the best frame that one of the starts leads to; one that is good enough ends the search. */
function nearest(starts, asked) {
  let best = null;
  for (const start of starts) {
    if (!start) continue;
    const target = Float64Array.from(start.problem.owner, (owner) => asked[owner]);
    const found = settled(start, target, (problem, at) => proved(problem, at, asked));
    if (!best || found.score < best.score) best = found;
    if (best.score < NEAR) break;
  }
  return best;
}

/** Take corrector steps until the gap is small; return the best frame on the way. */
function settled(start, target, prove) {
  const { problem } = start;
  let { masses, slopes } = start;
  let best = null;
  for (let step = 0; step <= STEPS; step++) {
    const at = evaluate(problem, masses, slopes);
    const found = prove(problem, at);
    if (!best || found.score < best.score) best = found;
    if (best.score < (problem.every ? GOOD : NEAR)) break;
    ({ marginal: masses, slopes } = corrected(problem, at, target, found.upper - found.lower));
  }
  return pruned(best, target, prove);
}

/** Leave out the columns that only the barrier of the corrector keeps, if the gap stays small. */
function pruned(best, target, prove) {
  for (const faint of FAINT) {
    const { r, c } = best.at;
    const kept = r.map((mass, j) => (mass > faint * (1 - c[j]) ? mass : 0));
    if (!kept.some((mass, j) => mass === 0 && r[j] > 0)) return best;
    const found = withColumns(kept, best, target, prove);
    if (found) return found;
  }
  return best;
}

function withColumns(kept, best, target, prove) {
  let [masses, slopes, closest] = [kept, best.at.slopes, null];
  for (let step = 0; step <= PRUNED_STEPS; step++) {
    const at = evaluate(best.problem, masses, slopes);
    const found = prove(best.problem, at);
    if (!closest || found.score < closest.score) closest = found;
    if (closest.score < GOOD) break;
    const gap = found.upper - found.lower;
    ({ marginal: masses, slopes } = corrected(best.problem, at, target, gap, false));
  }
  return closest.score <= Math.max(best.score, GOOD) ? closest : null;
}

/** Return the best frame for every codebook; off its path its codewords come and go. */
function everyNearest(start, before, path) {
  const { quadratic, dim } = start.problem;
  if (!(path.moved || path.shared) || !quadratic || dim > 1) {
    return forEvery(nearest([start], start.asked), start.asked);
  }
  const first = before?.at ? adapted(joined(before.problem, before.at), start.asked) : null;
  if (first?.score < MOVED) return first;
  const second = adapted(start, start.asked);
  return first?.score < second.score ? first : second;
}

/** Return the best frame on codewords that come and go. */
function adapted(start, asked) {
  let best = null;
  let slow = 0;
  for (let move = 0; ; move++) {
    const found = forEvery(nearest([start], asked), asked);
    if (best && found.score > SLOW * best.score) slow++;
    if (!best || found.score < best.score) best = found;
    const { problem, at, peaks } = found;
    const ends = move === MOVES || slow > 1 || problem.n * problem.m > MOST_MOVED;
    if (best.score < MOVED || ends) return best;
    start = nearer(problem, at, peaks);
  }
}

/** Prove a frame for every codebook: its bounds so far are those on its own codewords. */
function forEvery({ problem, at }, asked) {
  const again = evaluate(problem, at.r, at.slopes);
  const { log, peaks } = supremum(problem, again);
  return { ...proved(problem, again, asked, log), peaks };
}

function proved(problem, at, asked, beyond = -Infinity) {
  const { levels, headroom, prices } = reached(problem, at, asked);
  const lower = dualBelow(problem, at, headroom, beyond);
  const upper = informationAbove(problem, at);
  const off = levels.reduce((most, level, k) => Math.max(most, Math.abs(level / asked[k] - 1)), 0);
  return { problem, at, levels, prices, headroom, lower, upper, score: upper - lower + OFF * off };
}

function plainFrame(path, wanted) {
  const levels = levelsAt(path, wanted);
  const prices = levels.map((_, k) =>
    corners(path, wanted).nodes.reduce(
      (sum, { index, share }) => sum + share * path.prices[index * path.fidelities + k], 0
    )
  );
  return { problem: null, at: null, levels, asked: levels, prices, ...solvedBounds(path, levels) };
}
