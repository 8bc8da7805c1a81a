// The data of a problem as arrays: atoms, weights of the constraints, distortions above the floors.

/** Read a base64 text as numbers of 64 bits. */
export function numbers(text) {
  const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  return new Float64Array(bytes.buffer);
}

const DISTANCES = {
  squared_error: (a, b) => (a - b) * (a - b),
  absolute: (a, b) => Math.abs(a - b),
  hamming: (a, b) => (a === b ? 0 : 1),
};

/** Make a problem out of what the server sent; the codewords come by `withCodewords`. */
export function problemOf(data) {
  const points = numbers(data.points);
  const pmf = numbers(data.pmf);
  const n = pmf.length;
  const weights = numbers(data.weights);
  const rows = weights.length / n;
  const owner = data.owner;
  return {
    n,
    dim: points.length / n,
    points,
    pmf,
    rows,
    owner,
    fidelities: 1 + Math.max(...owner),
    weights: Array.from({ length: rows }, (_, k) => weights.subarray(k * n, (k + 1) * n)),
    distance: DISTANCES[data.distortion],
    hamming: data.distortion === "hamming",
    quadratic: data.distortion === "squared_error",
    every: data.every,
    rounding: data.rounding,
  };
}

/** Add up numbers so that the sum is as good as exact (Neumaier 1974). */
export function exactSum(count, term) {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < count; i++) {
    const value = term(i);
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** Add codewords (m·dim numbers): the distortions above each atom's floor, and the rows' floors. */
export function withCodewords(problem, codewords) {
  const { n, dim, points, pmf, weights, distance } = problem;
  const m = codewords.length / dim;
  const excess = new Float64Array(n * m);
  const floor = new Float64Array(n);
  for (let x = 0; x < n; x++) {
    let least = Infinity;
    for (let j = 0; j < m; j++) {
      let total = 0;
      for (let k = 0; k < dim; k++) total += distance(points[x * dim + k], codewords[j * dim + k]);
      if (problem.hamming && total > 1) total = 1;
      excess[x * m + j] = total;
      if (total < least) least = total;
    }
    floor[x] = least;
    for (let j = 0; j < m; j++) excess[x * m + j] -= least;
  }
  const least = weights.map((row) => exactSum(n, (x) => row[x] * pmf[x] * floor[x]));
  const sums = problem.rounding.eps * (n + m) + problem.rounding.sums;
  return {
    ...problem, m, codewords, excess, floor, least, sums,
    kernel: new Float64Array(n * m),
    mean: new Float64Array(n * m),
  };
}
