import { probeOf } from './probe.ts';
import type { RateEvaluation } from './rate-evaluation.ts';

/**
 * Returns what the probe that has just ended says, a line for people: of the probe itself where the
 * generator spoilt it, and of its rate by all probes of it so far.
 * @param phase the name of the probe's phase
 */
export function probeText(phase: string, rate: RateEvaluation): string {
  const { ratePerSec, verdict, reason, probes, spoiltProbes } = rate;
  const head = `probe ${probeOf(phase)?.number ?? '?'}: ${ratePerSec}/s`;
  const spoilt = spoiltProbes.find((probe) => probe.phase === phase);
  if (spoilt === undefined) return `${head} ${verdict}${reason === '' ? '' : ` (${reason})`}`;
  const times = probes.length === 1 ? '1 probe' : `${probes.length} probes`;
  const stands =
    verdict === 'generator'
      ? spoiltProbes.length > 1
        ? ': it is too much for the generator'
        : ''
      : `: it counts for nothing, and the rate ${verdict} by ${times} as before`;
  return `${head} spoilt by the generator (${spoilt.reason})${stands}`;
}
