// Corrector steps: towards the optimal r and λ at given levels, from a point that is near them.

const BARRIER = 1e-7;
const CENTRING = 0.3;
const FAR = 0.1;
const IN_USE = 1e-9;
const NEARLY = 2e-3;
const MOST_COLUMNS = 110;
const MOST_WORK = 6e6;
const TO_BOUNDARY = 0.9;

/**
 * Take one step from r and λ, at which `at` was evaluated, towards the optimum at `target` (K).
 *
 * It is a step of the primal–dual interior-point method on the columns that are in use or, if the
 * columns may grow, nearly so. Where these are too many, r takes a step of Blahut and Arimoto.
 */
export function corrected(problem, at, target, gap, grow = true) {
  const columns = [];
  at.c.forEach((value, j) => {
    if (at.r[j] > IN_USE || (grow && value > 1 - NEARLY)) columns.push(j);
  });
  const count = columns.length;
  if (count > MOST_COLUMNS || problem.n * count * count > MOST_WORK) {
    return { marginal: at.q, slopes: at.slopes };
  }
  const barrier = Math.max(BARRIER, (CENTRING * gap) / count);
  const least = barrier / FAR;
  const step = solved(newtonSystem(problem, at, { columns, target, barrier, least }));
  return step ? moved(at, columns, step, least) : { marginal: at.q, slopes: at.slopes };
}

/** Build H + diag(z/r), B, S + diag(t/λ) and both right sides for the columns in use. */
function newtonSystem(problem, at, { columns, target, barrier, least }) {
  const { n, m, pmf, kernel, excess, weights } = problem;
  const count = columns.length;
  const held = weights.map((_, k) => k).filter((k) => at.slopes[k] > 0);
  const H = new Float64Array(count * count);
  const B = held.map(() => new Float64Array(count));
  const S = held.map(() => new Float64Array(held.length));
  const column = new Float64Array(count);
  for (let x = 0; x < n; x++) {
    const inverse = 1 / at.Z[x];
    let square = 0;
    for (let j = 0; j < m; j++) {
      const e = excess[x * m + j];
      square += at.r[j] * kernel[x * m + j] * inverse * e * e;
    }
    const variance = Math.max(square - at.mean[x] * at.mean[x], 0);
    for (let i = 0; i < count; i++) column[i] = kernel[x * m + columns[i]] * inverse;
    for (let i = 0; i < count; i++) {
      const part = pmf[x] * column[i];
      for (let j = 0; j <= i; j++) H[i * count + j] += part * column[j];
      const away = part * (excess[x * m + columns[i]] - at.mean[x]);
      held.forEach((k, a) => (B[a][i] += weights[k][x] * away));
    }
    held.forEach((k, a) => {
      const part = pmf[x] * weights[k][x] * variance;
      if (part > 0) held.forEach((l, b) => (S[a][b] += part * weights[l][x]));
    });
  }
  const right = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const r = Math.max(at.r[columns[i]], least);
    const g = 1 - at.c[columns[i]];
    H[i * count + i] += Math.max(g, barrier / r) / r;
    right[i] = barrier / r - g;
  }
  const below = held.map((k, a) => {
    const slope = at.slopes[k];
    const slack = target[k] - problem.least[k] - at.above[k];
    S[a][a] += Math.max(slack, barrier / slope) / slope;
    return barrier / slope - slack;
  });
  return { H, B, S, right, below, held, count };
}

/** Solve the system by Cholesky's method and a Schur complement; null if it is singular. */
function solved({ H, B, S, right, below, held, count }) {
  if (!factored(H, count)) return null;
  const columns = B.map((one) => backSolved(H, count, one));
  const first = backSolved(H, count, right);
  const schur = S.map((row, a) => Array.from(row, (value, b) => value + dot(B[a], columns[b])));
  const rest = below.map((value, a) => value + dot(B[a], first));
  const slopes = eliminated(schur, rest);
  if (!slopes) return null;
  columns.forEach((one, a) => {
    for (let i = 0; i < count; i++) first[i] -= one[i] * slopes[a];
  });
  return first.every(Number.isFinite) ? { masses: first, slopes, held } : null;
}

/** Take the step as far as r and λ stay positive. */
function moved(at, columns, step, least) {
  const marginal = Float64Array.from(at.r);
  columns.forEach((j) => (marginal[j] = Math.max(marginal[j], least)));
  const slopes = Float64Array.from(at.slopes);
  let along = 1;
  step.held.forEach((k, a) => {
    if (step.slopes[a] < 0) along = Math.min(along, (-TO_BOUNDARY * slopes[k]) / step.slopes[a]);
  });
  // Columns that leave may be stopped at the boundary without stopping the others.
  columns.forEach((j, i) => {
    const full = marginal[j] + along * step.masses[i];
    marginal[j] = Math.max(full, (1 - TO_BOUNDARY) * marginal[j]);
  });
  step.held.forEach((k, a) => (slopes[k] += along * step.slopes[a]));
  return { marginal, slopes };
}

function dot(a, b) {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

/** Replace the lower triangle by Cholesky's factor; false if it has none. */
function factored(H, count) {
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let value = H[i * count + j];
      for (let k = 0; k < j; k++) value -= H[i * count + k] * H[j * count + k];
      if (i === j) {
        if (!(value > 0)) return false;
        H[i * count + i] = Math.sqrt(value);
      } else {
        H[i * count + j] = value / H[j * count + j];
      }
    }
  }
  return true;
}

function backSolved(L, count, right) {
  const found = Float64Array.from(right);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < i; k++) found[i] -= L[i * count + k] * found[k];
    found[i] /= L[i * count + i];
  }
  for (let i = count - 1; i >= 0; i--) {
    for (let k = i + 1; k < count; k++) found[i] -= L[k * count + i] * found[k];
    found[i] /= L[i * count + i];
  }
  return found;
}

/** Solve a small system by elimination with pivots; null if it is singular. */
function eliminated(matrix, right) {
  const size = right.length;
  const rows = matrix.map((row, k) => [...row, right[k]]);
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let i = k; i < size; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    if (!(Math.abs(rows[k][k]) > 0)) return null;
    for (let i = 0; i < size; i++) {
      if (i === k) continue;
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j <= size; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  return rows.map((row, k) => row[size] / row[k]);
}
