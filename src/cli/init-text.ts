import { counted } from '../core/index.ts';
import type { FirstPlan, Measurement, SkippedStep } from '../init/index.ts';

/** What `init` has done. */
export interface InitResult {
  readonly file: string;
  readonly ciFile: string | undefined;
  readonly plan: FirstPlan;
  readonly called: readonly string[];
  readonly skipped: readonly SkippedStep[];
  readonly foundCount: number;
  readonly measurement: Measurement;
  /** What to type next. */
  readonly next: readonly string[];
}

/** Operations that are named for each reason; `--json` has all. */
const NAMED_MAX = 4;
const COLUMNS = 78;

/** Returns what `init` has done, for people. */
export function initLines(result: InitResult): readonly string[] {
  const { file, ciFile, plan, called, skipped, foundCount, measurement, next } = result;
  const failed = plan.steps.flatMap(({ name, origin }) => {
    const finding = measurement.findings.get(name);
    return finding?.kind === 'failed' ? [{ origin, reason: finding.seen }] : [];
  });
  const found = foundCount > called.length ? ` of ${counted(foundCount, 'operation')}` : '';
  return [
    `${file} written: ${plan.name}, ${counted(called.length, 'step')}${found}`,
    ...(ciFile === undefined ? [] : [`${ciFile} written`]),
    ...(measurement.kind === 'none' ? [`no limits of response times: ${measurement.reason}`] : []),
    ...section(
      'failed, and a comment in the file',
      called.length < plan.steps.length ? failed : [],
    ),
    ...section(
      'failed, and in the file all the same',
      called.length < plan.steps.length ? [] : failed,
    ),
    ...section('left out', skipped),
    ...next.map((command, i) => `${i === 0 ? 'next' : '    '}  ${command}`),
  ];
}

function section(title: string, all: readonly SkippedStep[]): readonly string[] {
  if (all.length === 0) return [];
  const groups = Object.entries(Object.groupBy(all, ({ reason }) => reason))
    .map(([reason, of = []]) => ({ reason, of }))
    .toSorted((a, b) => b.of.length - a.of.length);
  return [
    `${title}: ${all.length}`,
    ...groups.flatMap(({ reason, of }) => [
      `${String(of.length).padStart(5)}  ${reason}`,
      ...listed(of.map(({ origin }) => origin)).map((line) => `         ${line}`),
    ]),
  ];
}

function listed(origins: readonly string[]): readonly string[] {
  const shown = origins.slice(0, NAMED_MAX);
  const more = origins.length - shown.length;
  const lines: string[] = [];
  for (const word of more > 0 ? [...shown, `and ${more} more`] : shown) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 2 <= COLUMNS) {
      lines.splice(-1, 1, `${last}, ${word}`);
    } else lines.push(word);
  }
  return lines;
}

/** Returns the same as JSON, with every operation. */
export function initJson(result: InitResult): string {
  const { file, ciFile = null, plan, called, skipped, measurement, next } = result;
  return JSON.stringify(
    {
      version: 1,
      file,
      ciFile,
      name: plan.name,
      targets: plan.targets,
      measured: measurement.kind === 'measured',
      notMeasured: measurement.kind === 'none' ? measurement.reason : null,
      steps: plan.steps.map(({ name, origin }) => {
        const finding = measurement.findings.get(name);
        const failed = finding?.kind === 'failed' ? finding.seen : null;
        return { name, origin, isCalled: called.includes(name), failed };
      }),
      skipped,
      next,
    },
    undefined,
    2,
  );
}
