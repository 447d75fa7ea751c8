import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { rngFrom, type Rng } from '../../src/core/index.ts';
import { median } from '../statistics/sample-quantile.ts';

/** A series of one measure over runs, and where its level changed. */
export interface KnownSeries {
  readonly name: string;
  readonly values: readonly number[];
  /** What each who looked at it took for changes; of a drawn series the truth alone. */
  readonly annotations: readonly (readonly number[])[];
}

/** What a level is multiplied with, point by point: its median is 1. */
export interface Noise {
  readonly name: string;
  readonly draw: (rng: Rng, points: number) => readonly number[];
}

/** The shortest and the longest time between two changes. */
const LEVEL_POINTS = [15, 75] as const;
const CHANGE_RATIOS = [0.03, 0.2] as const;
/** Behind a change at least so many points lie. */
const LAST_POINTS = 8;

/** The noises of runs as simulations have them; each draws its own strength, 1 to 5%. */
export const DRAWN_NOISES: readonly Noise[] = [
  {
    name: 'lognormal',
    draw: (rng, points) => logNoise(points, { rng, alike: 0 }),
  },
  {
    name: 'alike neighbours',
    draw: (rng, points) => logNoise(points, { rng, alike: 0.4 }),
  },
  {
    name: 'single slow runs',
    draw: (rng, points) =>
      logNoise(points, { rng, alike: 0 }).map((value) =>
        rng.nextFloat() < 0.03 ? value * (1 + 0.3 * rng.nextFloat()) : value,
      ),
  },
  {
    name: 'drift of 0.1% a run',
    draw: (rng, points) =>
      logNoise(points, { rng, alike: 0 }).map((value, i) => value * (1 + 0.001 * i)),
  },
  {
    name: 'swing of 3% over 90 runs',
    draw: (rng, points) =>
      logNoise(points, { rng, alike: 0 }).map(
        (value, i) => value * (1 + 0.03 * Math.sin((2 * Math.PI * i) / 90)),
      ),
  },
];

/** Returns the noise of real runs: stretches of their values over their median, end to end. */
export function noiseOfRuns(values: readonly number[]): Noise {
  const middle = median(values);
  const ratios = values.map((value) => value / middle);
  return {
    name: `${values.length} stored runs`,
    draw: (rng, points) => {
      const drawn: number[] = [];
      while (drawn.length < points) {
        const from = Math.floor(rng.nextFloat() * ratios.length);
        drawn.push(...ratios.slice(from, from + 20));
      }
      return drawn.slice(0, points);
    },
  };
}

/** Returns series whose level changes by 3 to 20% every 15 to 75 points, or never. */
export function drawSeries(
  noise: Noise,
  { count, points, seed, changes }: DrawnSeries,
): readonly KnownSeries[] {
  return Array.from({ length: count }, (_, i) => {
    const rng = rngFrom(seed + i, `change points ${noise.name}`);
    const truth: number[] = [];
    const between = (): number => {
      const [least, most] = LEVEL_POINTS;
      return Math.round(least + (most - least) * rng.nextFloat());
    };
    const levels = new Map<number, number>();
    let level = 100;
    const last = changes ? points - LAST_POINTS : 0;
    for (let at = between(); at <= last; at += between()) {
      const [least, most] = CHANGE_RATIOS;
      const factor = 1 + least + (most - least) * rng.nextFloat();
      level = rng.nextFloat() < 0.5 ? level * factor : level / factor;
      levels.set(at, level);
      truth.push(at);
    }
    let now = 100;
    const values = noise.draw(rng, points).map((ratio, at) => {
      now = levels.get(at) ?? now;
      return now * ratio;
    });
    return { name: noise.name, values, annotations: [truth] };
  });
}

export interface DrawnSeries {
  readonly count: number;
  readonly points: number;
  readonly seed: number;
  readonly changes: boolean;
}

/**
 * Returns the series of one value of the Turing change-point data set that are there, a missing
 * value filled with the one before it.
 * @throws Error for a folder that is none of it
 */
export function readTcpd(folder: string): readonly KnownSeries[] {
  const annotations = JSON.parse(
    readFileSync(join(folder, 'annotations.json'), 'utf8'),
  ) as Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  return readdirSync(join(folder, 'datasets'))
    .sort()
    .flatMap((name) => {
      const raw = readSeries(join(folder, 'datasets', name, `${name}.json`));
      if (raw === undefined) return [];
      const values: number[] = [];
      for (const value of raw) values.push(value ?? values.at(-1) ?? 0);
      return [{ name, values, annotations: Object.values(annotations[name] ?? {}) }];
    });
}

interface TcpdFile {
  readonly n_dim: number;
  readonly series: readonly { readonly raw: readonly unknown[] }[];
}

function readSeries(path: string): readonly (number | undefined)[] | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const { n_dim: dimensions, series } = JSON.parse(text) as TcpdFile;
  if (dimensions !== 1) return undefined;
  return series[0]?.raw.map((value) => (typeof value === 'number' ? value : undefined));
}

function logNoise(
  points: number,
  { rng, alike }: { readonly rng: Rng; readonly alike: number },
): readonly number[] {
  const deviation = 0.01 + 0.04 * rng.nextFloat();
  let state = 0;
  return Array.from({ length: points }, () => {
    state = alike * state + Math.sqrt(1 - alike * alike) * normal(rng);
    return Math.exp(deviation * state);
  });
}

function normal(rng: Rng): number {
  const radius = Math.sqrt(-2 * Math.log(1 - rng.nextFloat()));
  return radius * Math.cos(2 * Math.PI * rng.nextFloat());
}
