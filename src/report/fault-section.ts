import type {
  CallSummary,
  FaultAnalysis,
  FaultEffect,
  Recovery,
  RecoveryFound,
} from '../analyze/index.ts';
import { formatDuration, secFromNs, type FaultWindow } from '../core/index.ts';
import { formatCount, formatEstimate, formatRatio } from './number-format.ts';
import { ellipsis, lengthOf, printable, renderTable, type Cell, type Column } from './table.ts';
import type { Page, Section } from './page.ts';

const INDENT = 2;

const COLUMNS: readonly Column[] = [
  { align: 'left', cut: true },
  { align: 'left' },
  { align: 'right' },
  { align: 'right' },
  { align: 'right' },
  { align: 'right' },
  { align: 'right' },
  { align: 'right' },
];

/** Beside them where arrivals were dropped around the window. */
const COLUMNS_WITH_DROPPED: readonly Column[] = [...COLUMNS, { align: 'right' }];

/** Returns per fault window the response times before, during and after it, and the recovery. */
export function faultSection(page: Page): Section {
  const { report, paint, width } = page;
  const { faults } = report.analysis;
  return {
    title: 'Fault windows',
    lines: faults.flatMap((fault) => [
      `${' '.repeat(INDENT)}${windowLine(fault, page)}`,
      ...renderTable(anyDropped(fault) ? COLUMNS_WITH_DROPPED : COLUMNS, rowsOf(fault), {
        width,
        indent: 2 * INDENT,
        paint,
      }),
      ...fault.steps.map((effect) => recoveryLine(effect, page)),
    ]),
  };
}

function windowLine({ window }: FaultAnalysis, { paint, width }: Page): string {
  const from = secFromNs(window.fromNs).toFixed(1);
  const to = secFromNs(window.toNs).toFixed(1);
  const when = `${window.fault}   ${from}–${to} s   `;
  const attributes = Object.entries(window.attributes).filter(isTelling).map(attributeText);
  const what = printable([`${window.effect} on ${placeText(window)}`, ...attributes].join(', '));
  const room = width - INDENT - lengthOf(when);
  return `${paint('doubt', when)}${paint('faint', ellipsis(what, room))}`;
}

function placeText({ placeKind, place }: FaultWindow): string {
  return placeKind === 'process' ? `process ${place}` : place;
}

/** What a toxic does unless it is told otherwise: on every connection, towards the client. */
function isTelling([key, value]: readonly [string, string]): boolean {
  const isUntold = value === '' || value === '{}' || value === '[]';
  return (
    !isUntold &&
    !(key === 'toxicity' && value === '1') &&
    !(key === 'stream' && value === 'downstream')
  );
}

/** Times are kept in ns, and say so: `latencyNs` 250000000 is a latency of 250 ms. */
function attributeText([key, value]: readonly [string, string]): string {
  if (key === 'toxicity') return `toxicity ${formatRatio(Number(value))}`;
  const isTime = key.endsWith('Ns') && Number.isFinite(Number(value));
  return isTime ? `${key.slice(0, -2)} ${formatDuration(Number(value))}` : `${key} ${value}`;
}

function anyDropped({ steps }: FaultAnalysis): boolean {
  return steps.some(({ dropped }) => dropped.before + dropped.during + dropped.after > 0);
}

function rowsOf(fault: FaultAnalysis): readonly (readonly Cell[])[] {
  const { steps } = fault;
  if (steps.length === 0) return [[{ text: 'no calls around this window', tone: 'faint' }]];
  const withDropped = anyDropped(fault);
  const heads = ['', '', 'calls', 'errors', 'p50', 'p99', 'p99.9', 'max'];
  const last = (count: number): readonly Cell[] =>
    withDropped ? [{ text: formatCount(count), tone: count > 0 ? 'bad' : 'plain' }] : [];
  return [
    [...heads, ...(withDropped ? ['dropped'] : [])].map((text): Cell => ({ text, tone: 'faint' })),
    ...steps.flatMap(({ step, before, during, after, dropped }) => [
      [
        { text: step },
        { text: 'before', tone: 'faint' } as const,
        ...numbersOf(before),
        ...last(dropped.before),
      ],
      [{ text: '' }, { text: 'during' }, ...numbersOf(during), ...last(dropped.during)],
      [
        { text: '' },
        { text: 'after', tone: 'faint' } as const,
        ...numbersOf(after),
        ...last(dropped.after),
      ],
    ]),
  ];
}

function recoveryLine({ step, recovery }: FaultEffect, { paint, width }: Page): string {
  const room = width - 2 * INDENT;
  const text = ellipsis(printable(`${step}: ${recoveryText(recovery)}`), room);
  const tone = recovery.kind === 'not-recovered' ? 'bad' : 'faint';
  return `${' '.repeat(2 * INDENT)}${paint(tone, text)}`;
}

/** Seconds are whole, so that a recovery is known to lie between two moments. */
function recoveryText(recovery: Recovery): string {
  switch (recovery.kind) {
    case 'recovered':
      return `recovered ${backText(recovery)}`;
    case 'unconfirmed': {
      const watched = formatDuration(recovery.watchedNs);
      return `inside for the ${watched} that was watched, back ${backText(recovery)}`;
    }
    case 'not-recovered': {
      const { watchedNs, percent, limitNs } = recovery;
      return `not recovered, > ${formatDuration(watchedNs)}: p${percent} above ${formatDuration(limitNs)}`;
    }
    case 'not-measurable':
      return `recovery not measurable: ${recovery.reason}`;
  }
}

function backText({ atLeastNs, atMostNs, percent, limitNs }: RecoveryFound): string {
  const limit = `p${percent} back to ${formatDuration(limitNs)} at most`;
  if (atMostNs === 0) return `in the second in which it ended: ${limit}`;
  const least = atLeastNs === 0 ? 'within' : `after ${formatDuration(atLeastNs)} to`;
  return `${least} ${formatDuration(atMostNs)}: ${limit}`;
}

function numbersOf(calls: CallSummary): readonly Cell[] {
  const { response } = calls;
  const at = (percent: number): Cell => ({
    text: formatEstimate(response.percentiles.find((p) => p.percent === percent)),
  });
  return [
    { text: formatCount(calls.calls) },
    { text: formatRatio(calls.errorRatio), tone: calls.errors > 0 ? 'bad' : 'plain' },
    at(50),
    at(99),
    at(99.9),
    { text: response.n === 0 ? '-' : formatDuration(response.maxNs) },
  ];
}
