import type { FaultWindow } from './run.ts';
import { formatDuration } from './units.ts';

/**
 * Returns the attributes of a fault as people read them, such as `latency 250 ms` and `toxicity
 * 30%`; those that say nothing (every connection, towards the client, no match) are left out.
 */
export function attributeTexts(attributes: FaultWindow['attributes']): readonly string[] {
  return Object.entries(attributes).filter(isTelling).map(attributeText);
}

function isTelling([key, value]: readonly [string, string]): boolean {
  const isUnset = value === '' || value === '{}' || value === '[]';
  return (
    !isUnset &&
    !(key === 'jitterNs' && value === '0') &&
    !(key === 'toxicity' && value === '1') &&
    !(key === 'stream' && value === 'downstream')
  );
}

/** Times are kept in ns, and say so: `latencyNs` 250000000 is a latency of 250 ms. */
function attributeText([key, value]: readonly [string, string]): string {
  if (key === 'toxicity') return `toxicity ${Number((Number(value) * 100).toPrecision(3))}%`;
  const isTime = key.endsWith('Ns') && Number.isFinite(Number(value));
  return isTime ? `${key.slice(0, -2)} ${formatDuration(Number(value))}` : `${key} ${value}`;
}
