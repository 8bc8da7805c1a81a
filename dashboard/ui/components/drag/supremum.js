// A bound on sup c(y) over the whole line, which makes a lower bound hold for every codebook.

const DEEP = 60;
const COARSE = 0.2;
const CLOSE = 1e-5;
const MOST_CELLS = 8000;
const MOST_ROUNDS = 14;

/**
 * Bound log sup c over all y from above, nats; ∞ where that would take too long.
 *
 * c(y) = Σ_x a_x exp(-s_x d(x, y)). The maximisers lie between the outermost atoms. For absolute
 * error c is convex between atoms, so its values at the atoms bound it. For squared error,
 * c(y) ≥ c(y*) (1 - s_max |y - y*|²) at a maximiser y*: the value at the middle of a cell bounds
 * the maximum inside it, and cells are halved for as long as that bound is above the best value.
 */
export function logSupremum(problem, at) {
  return supremum(problem, at).log;
}

/** Return the bound as `logSupremum` does, and about where c has its maxima, for squared error. */
export function supremum(problem, at) {
  const sum = weightedSum(problem, at);
  if (sum === null) return { log: Infinity, peaks: [] };
  const { bound, peaks } = problem.quadratic ? boundByCells(sum) : boundByAtoms(sum);
  return { log: Math.log(bound) + margin(sum, problem.rounding.eps), peaks };
}

/** Return the terms of c, which are those of the atoms that occur; null off the line. */
export function weightedSum(problem, at) {
  if (problem.dim !== 1) return null;
  const place = [];
  const log = [];
  const sharp = [];
  for (let x = 0; x < problem.n; x++) {
    if (problem.pmf[x] > 0) {
      place.push(problem.points[x]);
      log.push(
        Math.log(problem.pmf[x]) - Math.log(at.Z[x]) + at.scale[x] * problem.floor[x]
      );
      sharp.push(at.scale[x]);
    }
  }
  return {
    place: Float64Array.from(place),
    log: Float64Array.from(log),
    sharp: Float64Array.from(sharp),
    low: place.reduce((a, b) => Math.min(a, b)),
    high: place.reduce((a, b) => Math.max(a, b)),
    sharpest: sharp.reduce((a, b) => Math.max(a, b)),
  };
}

/** Return c(y) for squared error; `each` gets every term that counts, its distance and its price. */
export function squared(sum, y, each = null) {
  let total = 0;
  for (let x = 0; x < sum.place.length; x++) {
    const away = sum.place[x] - y;
    const exponent = sum.log[x] - sum.sharp[x] * away * away;
    if (exponent > -DEEP) {
      const value = Math.exp(exponent);
      total += value;
      if (each) each(value, away, sum.sharp[x]);
    } else total += 1e-26;
  }
  return total;
}

function boundByAtoms(sum) {
  let bound = 0;
  for (const y of sum.place) {
    let total = 0;
    for (let x = 0; x < sum.place.length; x++)
      total += Math.exp(sum.log[x] - sum.sharp[x] * Math.abs(sum.place[x] - y));
    if (total > bound) bound = total;
  }
  return { bound, peaks: [] };
}

function boundByCells(sum) {
  const span = sum.high - sum.low;
  const first = Math.ceil((span * Math.sqrt(sum.sharpest)) / (2 * COARSE)) || 1;
  if (first > MOST_CELLS) return { bound: Infinity, peaks: [] };
  let half = span / (2 * first);
  let middles = Array.from({ length: first }, (_, k) => sum.low + (2 * k + 1) * half);
  let best = 0;
  let peaks = null;
  let spent = 0;
  let closed = 0; // the largest bound of a cell that was left as it is
  for (let round = 0; ; round++) {
    const flat = 1 - sum.sharpest * half * half * (1 + 1e-9);
    const values = middles.map((y) => squared(sum, y));
    for (const value of values) if (value > best) best = value;
    peaks ??= middles.filter((_, k) => values[k] >= (values[k - 1] ?? 0) && values[k] >= (values[k + 1] ?? 0));
    const goal = best * (1 + CLOSE);
    spent += middles.length;
    const open = [];
    values.forEach((value, k) => {
      if (value / flat > goal) open.push(k);
      else closed = Math.max(closed, value / flat);
    });
    const last = round === MOST_ROUNDS || spent + 2 * open.length > MOST_CELLS;
    if (open.length === 0 || last) {
      const most = Math.max(closed, best);
      return { bound: open.reduce((top, k) => Math.max(top, values[k] / flat), most), peaks };
    }
    half /= 2;
    middles = open.flatMap((k) => [middles[k] - half, middles[k] + half]);
  }
}

/** Error of the logarithm of such a sum, as in rdcore/proof/rounding.py. */
function margin(sum, eps) {
  const size = sum.log.reduce((top, one) => Math.max(top, Math.abs(one)), 0);
  return eps * (16 * (2 * size + DEEP) + sum.place.length);
}
