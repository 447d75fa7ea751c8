import type { AbSecond, SideCalls } from '../../../src/compare/index.ts';
import { rngFrom, type Ratio, type Rng } from '../../../src/core/index.ts';

/** A load whose times are spread evenly over an octave of buckets; of B's, a ratio larger. */
export interface DrawnLoad {
  readonly seed: number;
  readonly seconds: number;
  /** Of each side in a second. */
  readonly calls: number;
  /** By how many buckets B's times are larger. */
  readonly shift: number;
  readonly failed?: Readonly<{ a: Ratio; b: Ratio }>;
  readonly dropped?: Readonly<{ a: number; b: number }>;
}

/** Returns the seconds of a load; the same for the same seed. */
export function drawnSeconds(load: DrawnLoad): readonly AbSecond[] {
  const rng = rngFrom(load.seed, 'ab');
  const { failed = { a: 0, b: 0 }, dropped = { a: 0, b: 0 } } = load;
  return Array.from({ length: load.seconds }, (_, second) => ({
    second,
    phase: 'steady',
    steps: [
      {
        step: 'get',
        a: drawnSide(rng, load.calls, { shift: 0, failed: failed.a }),
        b: drawnSide(rng, load.calls, { shift: load.shift, failed: failed.b }),
      },
    ],
    arrivals: { a: load.calls + dropped.a, b: load.calls + dropped.b },
    dropped,
  }));
}

function drawnSide(
  rng: Rng,
  calls: number,
  { shift, failed }: { readonly shift: number; readonly failed: Ratio },
): SideCalls {
  const response = new Map<number, number>();
  let ok = 0;
  for (let call = 0; call < calls; call++) {
    if (rng.nextFloat() < failed) continue;
    ok++;
    const index = 3_200 + shift + Math.floor(140 * rng.nextFloat());
    response.set(index, (response.get(index) ?? 0) + 1);
  }
  return { outcomes: { ok, status: calls - ok }, response, cutOff: new Map() };
}
