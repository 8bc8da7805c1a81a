// Codewords that come and go: a frame gets those at which c is largest, until its bounds are close.

import { withCodewords } from "./problem.js";
import { squared, weightedSum } from "./supremum.js";

const IN_USE = 1e-6; // a smaller mass is left out
const NEW = 2e-3; // the mass with which a codeword begins
const TRIES = 6;
// Of the width of the sharpest kernel: the longest step, and how near two codewords are one.
const LONGEST = 0.5;
const ONE = 0.01;
const JOINED = 0.05; // before the codewords of a frame are found anew

/**
 * Return r, λ and codewords to go on from: those of `at` in use, and one at each maximum of c above
 * 1 near one of some places. For squared error on a line.
 */
export function nearer(problem, at, places) {
  const sum = weightedSum(problem, at);
  const width = 1 / Math.sqrt(sum.sharpest);
  const kept = [];
  at.q.forEach((mass, j) => {
    if (mass > IN_USE) kept.push({ y: problem.codewords[j], mass });
  });
  for (const place of places) {
    const { y, c } = uphill(sum, place, width);
    const known = kept.some((one) => Math.abs(one.y - y) < ONE * width);
    if (c > 1 && !known) kept.push({ y, mass: NEW });
  }
  kept.sort((one, other) => one.y - other.y);
  return started(problem, at, kept);
}

function started(problem, at, kept) {
  const codewords = Float64Array.from(kept, ({ y }) => y);
  const masses = Float64Array.from(kept, ({ mass }) => mass);
  return { problem: withCodewords(problem, codewords), masses, slopes: at.slopes };
}

/** Return r, λ and codewords to go on from where a level moves: those in use, neighbours joined. */
export function joined(problem, at) {
  const sum = weightedSum(problem, at);
  const width = 1 / Math.sqrt(sum.sharpest);
  const kept = [];
  at.q.forEach((mass, j) => {
    if (mass <= IN_USE) return;
    const y = problem.codewords[j];
    const last = kept[kept.length - 1];
    if (last && y - last.y < JOINED * width) {
      last.y = (last.mass * last.y + mass * y) / (last.mass + mass);
      last.mass += mass;
    } else kept.push({ y, mass });
  });
  return started(problem, at, kept);
}

/** Take a few steps of Newton's method on log c, as long as it increases. */
function uphill(sum, start, width) {
  let y = start;
  let now = derivatives(sum, y);
  for (let step = 0; step < TRIES; step++) {
    const slope = now.first / now.c;
    const curvature = now.second / now.c - slope * slope;
    const most = LONGEST * width;
    const away = curvature < 0 ? -slope / curvature : Math.sign(slope) * most;
    const to = Math.min(Math.max(y + Math.min(Math.max(away, -most), most), sum.low), sum.high);
    const then = derivatives(sum, to);
    if (!(then.c > now.c)) break;
    y = to;
    now = then;
  }
  return { y, c: now.c };
}

function derivatives(sum, y) {
  let first = 0;
  let second = 0;
  const c = squared(sum, y, (value, away, sharp) => {
    const steep = 2 * sharp * away;
    first += value * steep;
    second += value * (steep * steep - 2 * sharp);
  });
  return { c, first, second };
}
