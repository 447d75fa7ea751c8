import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rngFrom, type Span } from '../../src/core/index.ts';
import { findIncident, type Incident } from '../../src/incident/index.ts';
import { readSpanFile } from '../../src/ingest/index.ts';
import { SpanTableBuilder, type SpanTable } from '../../src/spans/index.ts';
import type { BenchOptions } from '../options.ts';
import { renderTable } from '../table.ts';

/** One pair of files and the fault that the window has, as `labels.json` lists them. */
interface LabelledCase {
  readonly window: string;
  readonly baseline: string;
  readonly service: string;
  readonly fault: string;
}

/** The depths at which the true service is looked for. */
const DEPTHS = [1, 3, 5] as const;
const SEED = 1;
const HALVES = 100;

/**
 * Prints how often the service that a fault was injected into is the first cause, and among the
 * first three and five, for every case of a folder with `labels.json` and its files of spans; then
 * how often something is found where nothing changed: between random halves of each baseline.
 */
export async function benchIncident(
  options: BenchOptions,
  _scratch: string,
  say: (line: string) => void,
): Promise<void> {
  if (options.data === undefined) throw new Error('bench incident wants --data DIR');
  const folder = options.data;
  const cases = readCases(folder);
  const ranks: { readonly fault: string; readonly rank: number }[] = [];
  let spentMs = 0;
  for (const one of cases) {
    const baseline = tableOf(await readSpans(join(folder, one.baseline)));
    const window = tableOf(await readSpans(join(folder, one.window)));
    const startMs = performance.now();
    const incident = findIncident(baseline, window, { seed: SEED });
    spentMs += performance.now() - startMs;
    const rank = incident.causes.findIndex(({ service }) => service === one.service) + 1;
    ranks.push({ fault: one.fault, rank });
    say(caseLine(one, rank, incident));
  }
  say(`\n${(spentMs / Math.max(1, cases.length)).toFixed(0)} ms a case, reading apart\n`);
  await sayFalseAlarms(folder, cases, options.quick ? HALVES / 10 : HALVES, say);
  sayShares(ranks, say);
}

/** @throws Error for a file that is no list of cases */
function readCases(folder: string): readonly LabelledCase[] {
  const path = join(folder, 'labels.json');
  const cases: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!Array.isArray(cases)) throw new Error(`a list of cases is wanted (${path})`);
  return cases.map((one: Readonly<Record<string, unknown>>, i) => {
    const text = (key: string): string => {
      const value = one[key];
      if (typeof value === 'string') return value;
      throw new Error(`${key} of case ${i + 1} wants a text, got ${typeof value} (${path})`);
    };
    return {
      window: text('window'),
      baseline: text('baseline'),
      service: text('service'),
      fault: text('fault'),
    };
  });
}

async function readSpans(path: string): Promise<readonly Span[]> {
  const spans: Span[] = [];
  const { leftOut } = await readSpanFile(path, {}, (batch) => {
    spans.push(...batch);
  });
  if (leftOut.length > 0) throw new Error(`${leftOut[0]?.first ?? ''} (${path})`);
  return spans;
}

function tableOf(spans: readonly Span[]): SpanTable {
  const builder = new SpanTableBuilder();
  for (const span of spans) builder.add(span);
  return builder.build();
}

function caseLine(one: LabelledCase, rank: number, { causes, isExplained }: Incident): string {
  const [first] = causes;
  const found =
    first === undefined
      ? 'no cause'
      : `${first.service}: ${first.kind}${isExplained ? '' : ', and chance may explain it'}`;
  const place = rank === 0 ? 'not found' : `rank ${rank}`;
  return `${one.window}  ${one.service}, ${one.fault}  ${place}  (first: ${found})`;
}

async function sayFalseAlarms(
  folder: string,
  cases: readonly LabelledCase[],
  rounds: number,
  say: (line: string) => void,
): Promise<void> {
  for (const file of new Set(cases.map(({ baseline }) => baseline))) {
    const spans = await readSpans(join(folder, file));
    const ids = [...new Set(spans.map(({ traceId }) => traceId))];
    let alarms = 0;
    for (let round = 0; round < rounds; round++) {
      const rng = rngFrom(round, 'incident-halves');
      const first = new Set(ids.filter(() => rng.nextFloat() < 0.5));
      const [a, b] = [true, false].map((isFirst) =>
        tableOf(spans.filter(({ traceId }) => first.has(traceId) === isFirst)),
      );
      if (a && b && findIncident(a, b, { seed: SEED }).isExplained) alarms++;
    }
    say(`Nothing changed (random halves of ${file}): a cause found ${alarms} times of ${rounds}`);
  }
}

function sayShares(
  ranks: readonly { readonly fault: string; readonly rank: number }[],
  say: (line: string) => void,
): void {
  const within = (own: typeof ranks, depth: number): number =>
    own.filter(({ rank }) => rank > 0 && rank <= depth).length;
  const percent = (count: number, n: number): string => `${((100 * count) / n).toFixed(0)} %`;
  const row = (name: string, own: typeof ranks): readonly string[] => [
    name,
    String(own.length),
    ...DEPTHS.map((depth) => percent(within(own, depth), own.length)),
  ];
  const kinds = [...Map.groupBy(ranks, ({ fault }) => fault)].toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const heads = ['fault', 'cases', ...DEPTHS.map((depth) => `AS@${depth}`)];
  say(
    `\n${renderTable(heads, [...kinds.map(([kind, own]) => row(kind, own)), row('all', ranks)])}\n`,
  );
  const counts = DEPTHS.map((depth) => `AS@${depth} ${within(ranks, depth)}`).join(' ');
  say(`${counts} of ${ranks.length}`);
}
