import type { AttributeValue, CauseKind, Evidence } from '../../incident/index.ts';
import { count, duration, ratio, words, type Cell } from '../section.ts';

/** What each kind of cause is called behind the name of a service. */
export const KIND_WORDS: Readonly<Record<CauseKind, string>> = {
  'slower-inside': 'slower inside the service',
  'network-around': 'the network around the service',
  'called-more': 'called more',
  'errors-begin': 'errors begin here',
  'calls-missing': 'calls missing below here',
  'retries-multiply': 'retries multiply',
  'attribute-value': 'one attribute value',
};

/** Returns what was measured and where. */
export function evidenceText({ measure, service, peer, operation, place }: Evidence): string {
  switch (measure) {
    case 'time':
      return peer === ''
        ? `own time of ${operation}`
        : `${service} -> ${peer}: ${place || operation}`;
    case 'calls':
      return `${operation} calls ${callText(place, peer)}`;
    case 'retries':
      return `${operation} repeats ${callText(place, peer)}`;
    case 'stops':
      return place === ''
        ? `${operation} calls nothing`
        : `${operation} stops after ${callText(place, peer)}`;
    case 'errors':
    case 'spans':
      return peer === ''
        ? `errors in ${operation}`
        : `errors at ${service} -> ${peer}: ${operation}`;
  }
}

function callText(place: string, peer: string): string {
  return peer === '' || place.includes(peer) ? place : `${place} (${peer})`;
}

/** Returns a mean of the evidence as a quantity. */
export function meanCell({ measure }: Evidence, mean: number): Cell {
  if (measure === 'time') return duration(Math.round(mean));
  if (measure === 'stops' || measure === 'errors') return ratio(mean);
  return words(`${mean.toFixed(2)} a call`);
}

/** Returns how likely it is to be a false discovery. */
export function qText(q: number): string {
  return q < 0.001 ? '< 0.001' : q.toFixed(3);
}

/** Returns the cells of one value of an attribute, as `ATTRIBUTE_HEADS` has them. */
export function attributeCells(value: AttributeValue): readonly Cell[] {
  return [
    words(`${value.key} = ${value.value}`),
    ratio(value.badGivenValue),
    ratio(value.valueGivenBad),
    ratio(value.valueGivenGood, 'faint'),
    count(value.calls),
    words(qText(value.q), 'faint'),
  ];
}
