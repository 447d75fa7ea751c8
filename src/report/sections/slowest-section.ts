import { secFromNs } from '../../core/index.ts';
import type { SlowCall } from '../../analyze/index.ts';
import type { RunReport } from '../run-report.ts';
import {
  duration,
  table,
  unknown,
  words,
  type Column,
  type Row,
  type Section,
} from '../section.ts';

const SHOWN = 5;

const COLUMNS: readonly Column[] = [
  { head: 'trace', align: 'left', name: true },
  { head: 'response', align: 'right' },
  { head: 'service', align: 'right' },
  { head: 'sent at', align: 'right', dropOrder: 1 },
  { head: 'step', align: 'left' },
  { head: 'phase', align: 'left', dropOrder: 2 },
  { head: 'outcome', align: 'left' },
  { head: 'fault', align: 'left', cut: true },
];

/** Returns the slowest calls whose trace is stored: the id first, since it is what one copies. */
export function slowestSection({ analysis }: RunReport): Section {
  const calls = analysis.slowestCalls.slice(0, SHOWN);
  return { title: 'Slowest calls', blocks: [table(COLUMNS, calls.map(rowOf))] };
}

/** No call that was sent takes no time at all. */
function rowOf(call: SlowCall): Row {
  const isSent = call.serviceNs > 0;
  return [
    words(call.traceId),
    duration(call.responseNs, { tone: 'strong' }),
    isSent ? duration(call.serviceNs) : words('not sent', 'bad'),
    isSent ? words(`${secFromNs(call.sentNs).toFixed(1)} s`) : unknown(),
    words(call.step),
    words(call.phase),
    words(call.outcome, call.outcome === 'ok' ? 'plain' : 'bad'),
    words(call.fault, 'doubt'),
  ];
}
