// A frame: r, λ and codewords between two solved levels, what their channel reaches, and the proof.

import { numbers, problemOf, withCodewords } from "./problem.js";
import { dualBelow, evaluate, informationAbove } from "./proof.js";
import { corrected } from "./newton.js";
import { logSupremum } from "./supremum.js";

const STEPS = 8;
const PRUNED_STEPS = 4;
// A frame is good enough, and near enough to leave out columns, at such gaps in nats.
const GOOD = 5e-5;
const NEAR = 3e-4;
const LOSS = 1e-4;
// Shares of 1 - c below which a mass is left out, most first.
const FAINT = [0.05, 0.005];
// A relative error of a level counts as much as this many nats.
const OFF = 0.02;

/** Read a path: solved levels (L, F) with bounds, prices and, if the source is small, solutions. */
export function pathOf(data) {
  const levels = numbers(data.levels);
  const lowers = numbers(data.lowers);
  const count = lowers.length;
  const path = {
    which: data.which,
    count,
    fidelities: levels.length / count,
    levels,
    lowers,
    uppers: numbers(data.uppers),
    prices: numbers(data.prices),
    entropies: numbers(data.entropies),
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
      codewords: problem.every ? words.subarray(at * problem.dim, (at + size) * problem.dim) : words,
    };
    at += size;
    return node;
  });
  path.slopes = numbers(data.slopes);
  path.problem = problem.every ? problem : withCodewords(problem, words);
  return path;
}

/** Return the first and the last level of the path. */
export function ends(path) {
  const at = (i) => path.levels[i * path.fidelities + path.which];
  return [at(0), at(path.count - 1)];
}

/** Return the neighbours of a level and its share of the way between them. */
function between(path, level) {
  const at = (i) => path.levels[i * path.fidelities + path.which];
  let left = 0;
  let right = path.count - 1;
  while (right - left > 1) {
    const middle = (left + right) >> 1;
    if (at(middle) <= level) left = middle;
    else right = middle;
  }
  const run = at(right) - at(left);
  const share = run > 0 ? (level - at(left)) / run : 0;
  return { left, right, share: Math.min(Math.max(share, 0), 1) };
}

/** Return the share of the way on a logarithmic scale, on which the price of D is nearly linear. */
function onLogScale(path, { left, right, share }, level) {
  const at = (i) => path.levels[i * path.fidelities + path.which];
  if (!(at(left) > 0 && at(right) > at(left))) return share;
  return Math.min(Math.max(Math.log(level / at(left)) / Math.log(at(right) / at(left)), 0), 1);
}

/** Return bounds from the solved levels alone: supporting planes from below, a chord from above. */
export function solvedBounds(path, levels) {
  const { fidelities, which, count } = path;
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
  for (let k = 0; k < fidelities; k++) {
    if (k !== which && levels[k] < path.levels[k]) return { lower, upper: Infinity };
  }
  const [first, last] = ends(path);
  if (levels[which] < first) return { lower, upper: Infinity };
  const { left, right, share } = between(path, Math.min(levels[which], last));
  const upper = (1 - share) * path.uppers[left] + share * path.uppers[right];
  const size = path.prices.length * 1e-15;
  return { lower: Math.max(lower * (1 - 1e-14) - size, 0), upper: upper * (1 + 1e-14) };
}

/** Return r, λ, the codewords and the levels asked for, between two solved levels. */
function mixed(path, level) {
  const place = between(path, level);
  const { left, right, share } = place;
  const logShare = onLogScale(path, place, level);
  const problem = path.problem;
  const rows = problem.rows;
  const slopes = new Float64Array(rows);
  for (let k = 0; k < rows; k++) {
    const a = path.slopes[left * rows + k];
    const b = path.slopes[right * rows + k];
    const both = a > 0 && b > 0;
    slopes[k] = both ? a ** (1 - logShare) * b ** logShare : (1 - share) * a + share * b;
  }
  const asked = Float64Array.from({ length: path.fidelities }, (_, k) =>
    k === path.which ? level : path.levels[left * path.fidelities + k]
  );
  const [one, other] = [path.nodes[left], path.nodes[right]];
  if (!problem.every) {
    const masses = one.masses.map((r, j) => (1 - share) * r + share * other.masses[j]);
    return { problem, masses, slopes, asked };
  }
  return { ...joined(problem, one, other, share), slopes, asked };
}

/** Join the codewords of two solutions: moved between them if they pair up, else all of both. */
function joined(problem, one, other, share) {
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
 * Return the frame at a level: what is reached there, its bounds in nats, and its channel.
 *
 * Where the source is too large for that, the bounds are those of the solved levels.
 */
export function frame(path, level) {
  const [first, last] = ends(path);
  const wanted = Math.min(Math.max(level, first), last);
  if (!path.problem) return plainFrame(path, wanted);
  const start = mixed(path, wanted);
  const target = Float64Array.from(start.problem.owner, (owner) => start.asked[owner]);
  const best = settled(start, target, (problem, at) => proved(problem, at, start.asked));
  const fromSolved = solvedBounds(path, best.levels);
  return {
    ...best,
    asked: start.asked,
    own: { lower: best.lower, upper: best.upper },
    lower: Math.max(best.lower, fromSolved.lower, 0),
    upper: Math.min(best.upper, fromSolved.upper),
  };
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

function proved(problem, at, asked) {
  const { levels, headroom, prices } = reached(problem, at, asked);
  const beyond = problem.every ? logSupremum(problem, at) : -Infinity;
  const lower = dualBelow(problem, at, headroom, beyond);
  const upper = informationAbove(problem, at);
  const off = levels.reduce((most, level, k) => Math.max(most, Math.abs(level / asked[k] - 1)), 0);
  return { problem, at, levels, prices, headroom, lower, upper, score: upper - lower + OFF * off };
}

function plainFrame(path, level) {
  const { left, right, share } = between(path, level);
  const mix = (values, width, k) =>
    (1 - share) * values[left * width + k] + share * values[right * width + k];
  const levels = Float64Array.from({ length: path.fidelities }, (_, k) =>
    k === path.which ? level : path.levels[left * path.fidelities + k]
  );
  const prices = levels.map((_, k) => mix(path.prices, path.fidelities, k));
  return { problem: null, at: null, levels, asked: levels, prices, ...solvedBounds(path, levels) };
}
