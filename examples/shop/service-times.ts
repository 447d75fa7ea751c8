/**
 * How long each kind of work takes, as a wait like one for a disk or another machine: most of the
 * time a lognormal body, now and then a slow path on top of it. Both are drawn from a generator
 * that is seeded per service, so that a service draws the same times in every run.
 */
export interface WorkProfile {
  readonly medianMs: number;
  /** Spread of the lognormal: 0.4 puts the p99 at 2.5 times the median. */
  readonly sigma: number;
  /** How often the slow path is taken, and what it adds. */
  readonly slow: { readonly ratio: number; readonly medianMs: number; readonly sigma: number };
}

/** All service times of the shop. */
export const WORK = {
  acceptOrder: { medianMs: 2, sigma: 0.35, slow: { ratio: 0.002, medianMs: 12, sigma: 0.3 } },
  reserveStock: { medianMs: 4, sigma: 0.4, slow: { ratio: 0.005, medianMs: 18, sigma: 0.3 } },
  chargeCard: { medianMs: 8, sigma: 0.4, slow: { ratio: 0.01, medianMs: 30, sigma: 0.25 } },
  sendMail: { medianMs: 5, sigma: 0.5, slow: { ratio: 0.01, medianMs: 40, sigma: 0.3 } },
  planShipment: { medianMs: 6, sigma: 0.4, slow: { ratio: 0.01, medianMs: 25, sigma: 0.3 } },
} as const satisfies Record<string, WorkProfile>;

/** Returns a function that waits as long as the next draw says. */
export function worker(profile: WorkProfile, seedText: string): () => Promise<void> {
  const draw = seededUniform(seedText);
  return () => wait(drawMs(profile, draw));
}

/** Returns one draw in ms. */
export function drawMs({ medianMs, sigma, slow }: WorkProfile, draw: () => number): number {
  const bodyMs = lognormal(medianMs, sigma, draw);
  return draw() < slow.ratio ? bodyMs + lognormal(slow.medianMs, slow.sigma, draw) : bodyMs;
}

/** Returns a generator of numbers x, 0 <= x < 1: a Weyl sequence, each term hashed (splitmix32). */
export function seededUniform(seedText: string): () => number {
  let state = 0x9e3779b9;
  for (const char of seedText) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x85ebca6b);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let hash = state ^ (state >>> 16);
    hash = Math.imul(hash, 0x21f0aaad);
    hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
    return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** exp(N(ln median, sigma)), the normal by Box and Muller. */
function lognormal(medianMs: number, sigma: number, draw: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  return medianMs * Math.exp(sigma * normal);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
