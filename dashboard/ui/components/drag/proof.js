// The bounds of a certificate at any marginal r and slopes λ. They are those of
// rdcore/proof/certificates.py with the margins of rdcore/proof/rounding.py, term by term.

const LEAST_Z = 1e-290;

/** Return Σ_k λ_k w_k(x) for each atom. */
function sharpness(problem, slopes) {
  const found = new Float64Array(problem.n);
  problem.weights.forEach((row, k) => {
    if (slopes[k] > 0) for (let x = 0; x < problem.n; x++) found[x] += slopes[k] * row[x];
  });
  return found;
}

/**
 * Evaluate the dual at r (m) and λ (K).
 *
 * `kernel` of the problem then holds K_xj = exp(-Σ_k λ_k w_k(x) e_xj). Returns r scaled to the sum
 * 1, Z_x, c_j, the marginal q_j = r_j c_j, each row's distortion above its floor, and the moments
 * Σ_x p_x K_xj T_xj / Z_x.
 */
export function evaluate(problem, marginal, slopes) {
  const { n, m, pmf, excess, kernel, weights } = problem;
  const scale = sharpness(problem, slopes);
  let r = scaled(marginal);
  const Z = new Float64Array(n);
  for (let again = 0; again < 2; again++) {
    let least = Infinity;
    for (let x = 0; x < n; x++) {
      let total = 0;
      for (let j = 0, at = x * m; j < m; j++, at++) {
        const value = Math.exp(-scale[x] * excess[at]);
        kernel[at] = value;
        total += r[j] * value;
      }
      Z[x] = pmf[x] === 0 ? 1 : total;
      if (Z[x] < least) least = Z[x];
    }
    if (least >= LEAST_Z) break;
    r = r.map((one) => (one + 1e-12 / m) / (1 + 1e-12));
  }
  const c = new Float64Array(m);
  const moments = new Float64Array(m);
  const mean = new Float64Array(n);
  for (let x = 0; x < n; x++) {
    const share = pmf[x] / Z[x];
    let above = 0;
    for (let j = 0, at = x * m; j < m; j++, at++) {
      const part = share * kernel[at];
      c[j] += part;
      moments[j] += part * scale[x] * excess[at];
      above += r[j] * kernel[at] * excess[at];
    }
    mean[x] = above / Z[x];
  }
  const above = weights.map((row) => {
    let total = 0;
    for (let x = 0; x < n; x++) total += row[x] * pmf[x] * mean[x];
    return total;
  });
  const q = c.map((value, j) => r[j] * value);
  return { r, slopes, scale, Z, c, q, moments, mean, above };
}

function scaled(marginal) {
  let total = 0;
  for (const one of marginal) total += one;
  return Float64Array.from(marginal, (one) => one / total);
}

/** Return the mutual information of the channel r_j K_xj / Z_x, nats, rounded up. */
export function informationAbove(problem, at) {
  const { n, m, pmf, kernel, sums } = problem;
  const { r, Z, q } = at;
  const used = [];
  for (let j = 0; j < m; j++) if (r[j] > 0) used.push(j);
  let total = 0;
  let size = 0;
  for (let x = 0; x < n; x++) {
    for (const j of used) {
      const Q = (r[j] * kernel[x * m + j]) / Z[x];
      const joint = pmf[x] * Q;
      if (joint > 0) {
        const term = joint * Math.log(Q / q[j]);
        total += term;
        size += Math.abs(term);
      }
    }
  }
  return total + 2 * sums * (1 + size);
}

/**
 * Return the dual value at what the levels leave above their floors (K), nats, rounded down.
 *
 * `logSupremum` bounds log c over a larger set of codewords; -∞ where only these count.
 */
export function dualBelow(problem, at, headroom, logSupremum = -Infinity) {
  const { n, pmf, rounding } = problem;
  let paid = 0;
  at.slopes.forEach((slope, k) => (paid += slope * Math.max(headroom[k], 0)));
  let value = 0;
  let size = 0;
  for (let x = 0; x < n; x++) {
    const log = Math.log(at.Z[x]);
    value -= pmf[x] * log;
    size += pmf[x] * Math.abs(log);
  }
  let top = 0;
  let moment = 0;
  for (let j = 0; j < problem.m; j++) {
    if (at.c[j] > top) top = at.c[j];
    if (at.moments[j] > moment) moment = at.moments[j];
  }
  const plain = Math.log(top);
  const free = logSupremum > -Infinity;
  const { excess, extra } = free
    ? { excess: Math.max(plain, logSupremum), extra: 0 }
    : lessExcess(problem, at, plain);
  const margin =
    2 * (rounding.exponent * (moment + paid) + 2 * problem.sums * (1 + size + extra));
  return value - paid - excess - margin;
}

/**
 * Return what must be taken off the dual value so that c ≤ 1 everywhere, nats.
 *
 * Either all weights are divided by max c, or only those of the atoms that feed columns above 1.
 */
function lessExcess(problem, at, plain) {
  if (plain <= 0) return { excess: plain, extra: 0 };
  const { n, m, pmf, kernel } = problem;
  const { r, c, Z } = at;
  const rest = new Float64Array(m);
  let paid = 0;
  for (let x = 0; x < n; x++) {
    const share = pmf[x] / Z[x];
    let highest = 1;
    for (let j = 0; j < m; j++) {
      const feeds = share * kernel[x * m + j] * r[j] > 1e-3 * pmf[x];
      if (feeds && c[j] > highest) highest = c[j];
    }
    const theta = 1 / highest;
    if (theta < 1) paid -= pmf[x] * Math.log(theta);
    for (let j = 0; j < m; j++) rest[j] += theta * share * kernel[x * m + j];
  }
  const left = Math.log(rest.reduce((a, b) => Math.max(a, b), 0));
  if (paid === 0 || plain <= left + paid) return { excess: plain, extra: 0 };
  return { excess: left + paid, extra: paid };
}
