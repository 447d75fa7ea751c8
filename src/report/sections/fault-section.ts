import type {
  CallSummary,
  FaultAnalysis,
  FaultEffect,
  Recovery,
  RecoveryFound,
} from '../../analyze/index.ts';
import { attributeTexts, formatDuration, secFromNs, type FaultWindow } from '../../core/index.ts';
import type { RunReport } from '../run-report.ts';
import {
  count,
  duration,
  estimate,
  note,
  ratio,
  table,
  unknown,
  words,
  type Block,
  type Column,
  type Note,
  type Row,
  type Section,
} from '../section.ts';

const COLUMNS: readonly Column[] = [
  { align: 'left', name: true },
  { align: 'left' },
  { head: 'calls', align: 'right' },
  { head: 'errors', align: 'right' },
  { head: 'p50', align: 'right' },
  { head: 'p99', align: 'right' },
  { head: 'p99.9', align: 'right' },
  { head: 'max', align: 'right' },
];

/** Beside them where arrivals were dropped around the window. */
const DROPPED_COLUMN: Column = { head: 'dropped', align: 'right' };

const PERCENTS: readonly number[] = [50, 99, 99.9];

/** Returns per fault window the response times before, during and after it, and the recovery. */
export function faultSection({ analysis }: RunReport): Section {
  return {
    title: 'Fault windows',
    blocks: analysis.faults.flatMap((fault): readonly Block[] => [
      windowNote(fault),
      fault.steps.length === 0
        ? note([words('no calls around this window', 'faint')], { nested: true })
        : effectTable(fault),
      ...fault.steps.map(recoveryNote),
    ]),
  };
}

function windowNote({ window }: FaultAnalysis): Note {
  const from = secFromNs(window.fromNs).toFixed(1);
  const to = secFromNs(window.toNs).toFixed(1);
  const what = [
    `${window.effect} on ${placeText(window)}`,
    ...attributeTexts(window.attributes),
  ].join(', ');
  const facts = [
    words(window.fault, 'doubt'),
    words(`${from}–${to} s`, 'doubt'),
    words(what, 'faint'),
  ];
  return note(facts);
}

function placeText({ placeKind, place }: FaultWindow): string {
  return placeKind === 'process' ? `process ${place}` : place;
}

function effectTable({ steps }: FaultAnalysis): Block {
  const anyDropped = steps.some(
    ({ dropped }) => dropped.before + dropped.during + dropped.after > 0,
  );
  const rowOf = (first: string, effect: FaultEffect, when: 'before' | 'during' | 'after'): Row => {
    const dropped = effect.dropped[when];
    return [
      words(first),
      words(when, when === 'during' ? 'plain' : 'faint'),
      ...numbersOf(effect[when]),
      ...(anyDropped ? [count(dropped, dropped > 0 ? 'bad' : 'plain')] : []),
    ];
  };
  const rows = steps.flatMap((effect) => [
    rowOf(effect.step, effect, 'before'),
    rowOf('', effect, 'during'),
    rowOf('', effect, 'after'),
  ]);
  const columns = anyDropped ? [...COLUMNS, DROPPED_COLUMN] : COLUMNS;
  return table(columns, rows, { nested: true });
}

function recoveryNote({ step, recovery, after }: FaultEffect): Note {
  const tone = recovery.kind === 'not-recovered' ? 'bad' : 'faint';
  const text =
    recovery.kind === 'unconfirmed' && after.calls === 0
      ? 'recovery not known: no call came after the second in which the fault ended'
      : recoveryText(recovery);
  return note([words(`${step}: ${text}`, tone)], { nested: true });
}

/** Seconds are whole, so that a recovery is known to lie between two moments. */
function recoveryText(recovery: Recovery): string {
  switch (recovery.kind) {
    case 'recovered':
      return `recovered ${backText(recovery)}`;
    case 'unconfirmed': {
      const watched = formatDuration(recovery.watchedNs);
      return `recovered, as it seems, ${backText(recovery)}; too short to be sure: ${watched} were left to watch`;
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
  if (atMostNs === 0) return `at once, within the second in which the fault ended: ${limit}`;
  const least = atLeastNs === 0 ? 'within' : `after ${formatDuration(atLeastNs)} to`;
  return `${least} ${formatDuration(atMostNs)}: ${limit}`;
}

function numbersOf({ calls, errors, errorRatio, response }: CallSummary): Row {
  return [
    count(calls),
    ratio(errorRatio, errors > 0 ? 'bad' : 'plain'),
    ...PERCENTS.map((percent) => estimate(response.percentiles.find((p) => p.percent === percent))),
    response.n === 0 ? unknown() : duration(response.maxNs),
  ];
}
