import { counted, formatCount, rowsEndText } from '../../core/index.ts';
import type { RunAnalysis } from '../../analyze/index.ts';
import type { RunReport } from '../run-report.ts';
import { keyValues, words, type KeyValue, type Section } from '../section.ts';
import { formatTarget } from '../number-format.ts';
import { healthEntries } from './generator-health.ts';

/**
 * Returns what the harness itself did: whether every arrival of the schedule was taken up, what it
 * dropped, and what it added to the results itself. Dropped arrivals and spans are named also where
 * there were none, since that nothing was lost is a result too; other trouble only where there was
 * any.
 */
export function generatorSection({ analysis, rowsEnd, notStored }: RunReport): Section {
  const entries = [
    arrivals(analysis),
    ...sentTo(analysis),
    ...(rowsEnd ? [{ key: 'load', value: words(rowsEndText(rowsEnd), 'plain') }] : []),
    ...closedPhases(analysis),
    spans(analysis, notStored === undefined ? 'stored' : 'kept for this report'),
    ...served(analysis),
    ...healthEntries(analysis),
    ...troubles(analysis),
  ];
  return { title: 'Generator', blocks: [keyValues(entries)] };
}

function arrivals({ counters, phases }: RunAnalysis): KeyValue {
  const measured = phases.filter((p) => p.measured);
  const known = measured.flatMap((p) => (p.wantedArrivals === undefined ? [] : [p.wantedArrivals]));
  const wanted = formatCount(known.reduce((sum, each) => sum + each, 0));
  const ofWanted = known.length === measured.length ? ` of ${wanted} scheduled` : '';
  const dropped = formatCount(counters.droppedArrivals);
  const text = `${formatCount(counters.arrivals)}${ofWanted}, ${dropped} dropped`;
  return { key: 'arrivals', value: words(text, counters.droppedArrivals > 0 ? 'bad' : 'plain') };
}

/** A port that is wrong shows nowhere else where somebody listens there. */
function sentTo({ run }: RunAnalysis): readonly KeyValue[] {
  const names = Object.keys(run.targets ?? {}).toSorted();
  if (names.length === 0) return [];
  return [{ key: 'sent to', value: words(names.map((n) => formatTarget(n, run)).join(', ')) }];
}

/** A closed phase flatters the target: whoever reads its percentiles has to know. */
function closedPhases({ phases }: RunAnalysis): readonly KeyValue[] {
  const closed = phases.filter((p) => p.measured && p.model === 'closed').map((p) => p.name);
  if (closed.length === 0) return [];
  const text = `${closed.join(', ')}: users wait for answers, so queueing cannot show (coordinated omission)`;
  return [{ key: 'closed', value: words(text, 'doubt') }];
}

/** Of a run that the store does not have they are read where it was carried out. */
function spans({ counters, spans: read }: RunAnalysis, state: string): KeyValue {
  const own = formatCount(read.harness);
  const theirs = formatCount(read.all - read.harness);
  const dropped = formatCount(counters.droppedSpans);
  const text = `${own} of callgauge and ${theirs} of services ${state}, ${dropped} dropped`;
  return { key: 'spans', value: words(text, counters.droppedSpans > 0 ? 'bad' : 'plain') };
}

/** Where services send spans, whether they did so for all calls. */
function served({ served: { kind, calls, seen } }: RunAnalysis): readonly KeyValue[] {
  if (kind === 'none') return [];
  const text = `server spans seen for ${formatCount(seen)} of ${counted(calls, 'call')}`;
  const lost = kind === 'early' ? ', fewer of the last ones' : '';
  const style = kind === 'whole' ? 'plain' : 'doubt';
  return [{ key: 'served', value: words(text + lost, style) }];
}

function troubles({ counters, spans: stored }: RunAnalysis): readonly KeyValue[] {
  const named: readonly (readonly [
    name: string,
    count: number,
    one: string,
    many: string,
    rest: string,
  ])[] = [
    ['rejected', counters.rejectedSpans, 'span', 'spans', 'of services, of impossible id or times'],
    [
      'invalid',
      stored.invalid,
      'span',
      'spans',
      'without a start or of an end before it: in no edge',
    ],
    [
      'outside',
      stored.outside ?? 0,
      'call',
      'calls',
      'of services outside the run, by clocks that are off: in no edge',
    ],
    ['abandoned', counters.abandonedSteps, 'step', 'steps', 'not made, one before having failed'],
    [
      'redirects',
      counters.redirects ?? 0,
      'answer',
      'answers',
      'followed, within the times of their steps',
    ],
    ['late', counters.lateResponses, 'answer', 'answers', 'begun when the timeout came'],
    ['reconnects', counters.reconnects, 'connection', 'connections', 'opened again'],
    [
      'stale DNS',
      counters.staleDns,
      'connection',
      'connections',
      'to a last known address, its look-up having failed',
    ],
    ['clamped', counters.clamped, 'time', 'times', 'longer than a histogram holds'],
  ];
  return named
    .filter(([, count]) => count > 0)
    .map(([key, count, one, many, rest]) => ({
      key,
      value: words(`${counted(count, one, many)} ${rest}`, 'doubt'),
    }));
}
