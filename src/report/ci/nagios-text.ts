import { printableLine } from '../../core/index.ts';
import type { Criterion, JudgedValue, CriteriaReport } from '../criteria/criteria-report.ts';

/** What a plug-in's exit code means: 0, 1, 2, 3. */
export type NagiosState = 'OK' | 'WARNING' | 'CRITICAL' | 'UNKNOWN';

/** Nagios reads no more of a plug-in. */
const BYTES_MAX = 8_192;
/** Of them the first line may have so many, with its performance data. */
const LINE_BYTES_MAX = 6_144;
const SUMMARY_CHARACTERS_MAX = 500;

/**
 * Returns what a Nagios plug-in prints: a line with the state, what does not hold and performance
 * data, then a line for every criterion that does not hold. Times are in seconds, shares in
 * percent; the critical range of a value is its threshold. What finds no room is counted in a last
 * line.
 *
 * @see https://nagios-plugins.org/doc/guidelines.html
 */
export function renderNagios(report: CriteriaReport, state: NagiosState): string {
  const bad = report.criteria
    .filter(({ state: one }) => one !== 'pass' && one !== 'skipped')
    .toSorted((a, b) => Number(isOpen(a)) - Number(isOpen(b)));
  let line = `CALLGAUGE ${state} - ${summaryOf(report, bad)}`;
  let left = 0;
  for (const [i, item] of performanceData(report).entries()) {
    const longer = `${line}${i === 0 ? ' |' : ''} ${item}`;
    if (Buffer.byteLength(longer) > LINE_BYTES_MAX) left++;
    else line = longer;
  }
  let text = line;
  for (const criterion of bad) {
    const longer = `${text}\n${criterionLine(criterion)}`;
    if (Buffer.byteLength(longer) > BYTES_MAX - 100) left++;
    else text = longer;
  }
  return left === 0 ? `${text}\n` : `${text}\n${left} more values and lines found no room\n`;
}

/** What fails is told before what the sample is too small for: the state is of the former. */
function isOpen({ state }: Criterion): boolean {
  return state === 'inconclusive';
}

function summaryOf({ name, verdict, criteria }: CriteriaReport, bad: readonly Criterion[]): string {
  const judged = criteria.filter(({ state }) => state !== 'skipped').length;
  const holds = `${judged - bad.length} of ${judged} criteria hold`;
  const [first] = bad;
  const worst = first === undefined ? '' : `; ${first.name}: ${first.message}`;
  const text = plain(`${name}: ${verdict}, ${holds}${worst}`);
  return text.length <= SUMMARY_CHARACTERS_MAX
    ? text
    : `${Array.from(text).slice(0, SUMMARY_CHARACTERS_MAX).join('')}…`;
}

function criterionLine({ name, state, message, details = [] }: Criterion): string {
  return plain(`${state}: ${[`${name}: ${message}`, ...details].join('; ')}`);
}

/** What follows a bar is performance data. */
function plain(text: string): string {
  return printableLine(text).replaceAll('|', '¦');
}

/** The values that are judged; of a result that judges none all that was measured. */
function performanceData({ criteria, metrics }: CriteriaReport): readonly string[] {
  const items = new Map<string, string>();
  for (const { measured } of criteria) {
    if (measured !== undefined) items.set(labelOf(measured.label), rangedItem(measured));
  }
  for (const { name, labels, value } of items.size === 0 ? metrics : []) {
    const family = name.replace(/^callgauge_/u, '').replace(/_seconds$/u, '');
    const label = labelOf([family, ...Object.values(labels)].join(' '));
    const unit = name.endsWith('_seconds') ? 's' : '';
    items.set(label, `${decimal(value)}${unit};;;;`);
  }
  return [...items].map(([label, item]) => `'${label}'=${item}`);
}

const UNITS: Readonly<Record<JudgedValue['unit'], readonly [unit: string, factor: number]>> = {
  ns: ['s', 1e-9],
  ratio: ['%', 100],
  count: ['', 1],
  factor: ['', 1],
  rate: ['', 1],
};

function rangedItem({ unit, value, limit }: JudgedValue): string {
  const [symbol, factor] = UNITS[unit];
  const critical = limit ? rangeOf(limit.operator, decimal(limit.value * factor)) : '';
  return `${decimal(value * factor)}${symbol};;${critical};0;`;
}

/** The range whose outside is critical; inside with `@`. */
function rangeOf(operator: NonNullable<JudgedValue['limit']>['operator'], limit: string): string {
  switch (operator) {
    case '<':
    case '<=':
      return limit;
    case '>':
    case '>=':
      return `${limit}:`;
    case '==':
      return `${limit}:${limit}`;
    case '!=':
      return `@${limit}:${limit}`;
  }
}

/** Inside quotes a label has no sign of its own. */
function labelOf(text: string): string {
  return printableLine(text).replace(/[='|]/gu, '_');
}

/** Digits and a point alone: an exponent is no number to Nagios. */
function decimal(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/u, '');
}
