/**
 * Returns P(|T| >= |t|) for Student's t with so many degrees of freedom, which need not be whole;
 * exact to some ten digits. 1 where there are none.
 * @see Abramowitz, Stegun, "Handbook of Mathematical Functions", 1964, 26.5.27 and 26.7.1
 */
export function studentTwoSided(t: number, degrees: number): number {
  if (degrees <= 0) return 1;
  if (!Number.isFinite(t)) return 0;
  return incompleteBeta(degrees / 2, 0.5, degrees / (degrees + t * t));
}

/** The regularised incomplete beta function, by its continued fraction (Lentz). */
function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(a, b, x)) / a
    : 1 - (front * betaFraction(b, a, 1 - x)) / b;
}

const TERMS_MAX = 500;
const TINY = 1e-300;

function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= TERMS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / notZero(1 + even * d);
    c = notZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / notZero(1 + odd * d);
    c = notZero(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-13) break;
  }
  return value;
}

function notZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** Lanczos' approximation with g = 7, for x > 0. */
function logGamma(x: number): number {
  let sum = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] ?? 0) / (x - 1 + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;

/** Halves what t lies between below what a double tells apart. */
const HALVINGS = 60;

/**
 * Returns the t that |T| passes with 5% probability: 12.7 with one degree of freedom, 1.96 with
 * many. Infinity with none.
 */
export function studentInterval(degrees: number): number {
  if (degrees <= 0) return Infinity;
  let [low, high] = [0, 1];
  while (studentTwoSided(high, degrees) > TWO_SIDED_ALPHA) high *= 2;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (studentTwoSided(middle, degrees) > TWO_SIDED_ALPHA) low = middle;
    else high = middle;
  }
  return high;
}

const TWO_SIDED_ALPHA = 0.05;
