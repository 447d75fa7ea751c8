import { readFileSync } from 'node:fs';
import { callgauge, otava, type Detector, type Found } from '../change-points/detectors.ts';
import {
  DRAWN_NOISES,
  drawSeries,
  noiseOfRuns,
  readTcpd,
  type KnownSeries,
  type Noise,
} from '../change-points/known-series.ts';
import { scoreOfAnnotations, scoreOfTruth, type Score } from '../change-points/score.ts';
import type { BenchOptions } from '../options.ts';
import { median } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';

const SEED = 1;
const POINTS = 200;
const LONG_POINTS = 10_000;
/** The series of the data set that are a level with noise, as a measure of runs is. */
const LEVEL_SERIES: ReadonlySet<string> = new Set([
  'nile',
  'quality_control_1',
  'quality_control_2',
  'quality_control_3',
  'quality_control_4',
  'quality_control_5',
  'rail_lines',
  'seatbelts',
  'well_log',
]);

interface Trial {
  readonly name: string;
  readonly series: readonly KnownSeries[];
  readonly score: (series: readonly KnownSeries[], found: readonly (readonly number[])[]) => Score;
}

/**
 * Prints precision, recall and F1 of our change points and of Apache Otava's on the same series,
 * and their processor time; then how often either finds a change where there is none.
 */
export async function benchChangePoints(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const peer = options.peers?.length === 0 ? 'no peer was asked for' : await otava(scratch);
  const detectors = typeof peer === 'string' ? [callgauge] : [callgauge, peer];
  if (typeof peer === 'string') say(peer);
  const count = options.count ?? (options.quick ? 30 : 200);
  const noises = [...DRAWN_NOISES, ...storedNoises(options.data)];
  const seed = options.seed ?? SEED;
  const trials: readonly Trial[] = [
    ...noises.map((noise) => drawnTrial(noise, { count, seed })),
    ...(options.tcpd === undefined ? [] : tcpdTrials(options.tcpd)),
  ];
  say(`\n${count} series of ${POINTS} points of each noise, changes of 3 to 20%\n`);
  const rows: string[][] = [];
  for (const { name, series, score } of trials) {
    const all = series.map(({ values }) => values);
    for (const detector of detectors) {
      const found = await detector.find(all);
      rows.push([name, detector.name, ...scoreCells(score(series, found.indexes)), ms(found)]);
    }
  }
  say(renderTable(['series', 'by', 'precision', 'recall', 'F1', 'CPU ms'], rows));
  await sayFalseAlarms(detectors, { noises, count: 5 * count, seed }, say);
  await sayTimes(detectors, { rounds: options.rounds ?? 5, seed }, say);
}

function drawnTrial(
  noise: Noise,
  { count, seed }: { readonly count: number; readonly seed: number },
): Trial {
  const series = drawSeries(noise, { count, points: POINTS, seed, changes: true });
  return { name: noise.name, series, score: scoreOfTruth };
}

function tcpdTrials(folder: string): readonly Trial[] {
  const all = readTcpd(folder);
  const levels = all.filter(({ name }) => LEVEL_SERIES.has(name));
  return [
    { name: `Turing, ${levels.length} of a level`, series: levels, score: scoreOfAnnotations },
    { name: `Turing, all ${all.length} of one value`, series: all, score: scoreOfAnnotations },
  ];
}

/** Returns the noise of the stored runs in a file that `callgauge history --json` wrote. */
function storedNoises(path: string | undefined): readonly Noise[] {
  if (path === undefined) return [];
  const { series } = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly series: readonly {
      readonly measure: string;
      readonly points: readonly { readonly value: number | null }[];
    }[];
  };
  return series.flatMap(({ measure, points }) => {
    const values = points.flatMap(({ value }) => value ?? []);
    if (values.length === 0 || values.some((value) => value <= 0)) return [];
    const noise = noiseOfRuns(values);
    return [{ ...noise, name: `${measure} of ${noise.name}` }];
  });
}

interface Quiet {
  readonly noises: readonly Noise[];
  readonly count: number;
  readonly seed: number;
}

async function sayFalseAlarms(
  detectors: readonly Detector[],
  { noises, count, seed }: Quiet,
  say: (line: string) => void,
): Promise<void> {
  const lengths = [20, 50, 100] as const;
  const rows: string[][] = [];
  for (const noise of noises) {
    for (const detector of detectors) {
      const cells: string[] = [];
      for (const points of lengths) {
        const series = drawSeries(noise, { count, points, seed, changes: false });
        const { indexes } = await detector.find(series.map(({ values }) => values));
        const alarmed = indexes.filter((found) => found.length > 0).length;
        cells.push(`${((100 * alarmed) / count).toFixed(1)}%`);
      }
      rows.push([noise.name, detector.name, ...cells]);
    }
  }
  say(`\nSeries without a change in which one is found, of ${count}, by their length\n`);
  say(renderTable(['noise', 'by', ...lengths.map(String)], rows));
}

async function sayTimes(
  detectors: readonly Detector[],
  { rounds, seed }: { readonly rounds: number; readonly seed: number },
  say: (line: string) => void,
): Promise<void> {
  const [noise] = DRAWN_NOISES;
  if (noise === undefined) return;
  const [long] = drawSeries(noise, { count: 1, points: LONG_POINTS, seed, changes: true });
  const times = detectors.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, detector] of detectors.entries()) {
      times[i]?.push((await detector.find([long?.values ?? []])).cpuMs);
    }
  }
  say(`\nOne series of ${LONG_POINTS} points, ${rounds} rounds by turns, median CPU\n`);
  const own = median(times[0] ?? []);
  const rows = detectors.map(({ name }, i) => {
    const spent = median(times[i] ?? []);
    return [name, spent.toFixed(1), (spent / own).toFixed(1)];
  });
  say(renderTable(['by', 'CPU ms', 'times ours'], rows));
}

function scoreCells(score: Score): readonly string[] {
  return [score.precision, score.recall, score.f1].map((value) => value.toFixed(3));
}

function ms({ cpuMs }: Found): string {
  return cpuMs.toFixed(0);
}
