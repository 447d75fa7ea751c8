import { printable } from '../../core/index.ts';
import type { CriteriaReport, Metric } from '../criteria/criteria-report.ts';

const HELP: Readonly<Record<string, string>> = {
  callgauge_valid:
    '0 where the generator itself was the cause of what was measured, or a run that is compared was stopped; no other number is given then.',
  callgauge_response_time_quantile_seconds:
    'Quantile of the response time over the measured phases; absent where the sample is too small.',
  callgauge_response_time_change_ratio: 'How much longer the quantile is than before; 0.1 is 10%.',
  callgauge_errors_ratio: 'Calls that failed, of all that ended by themselves.',
  callgauge_calls_per_second: 'Calls per second of the time that was measured.',
  callgauge_dropped_arrivals: 'Arrivals that found no free slot and were never sent.',
  callgauge_dropped_arrivals_ratio: 'Arrivals that found no free slot, of all.',
  callgauge_threshold_holds: '1 where the threshold holds, 0 where not; absent for neither.',
  callgauge_capacity_per_second: 'The highest rate that was seen to meet the objective.',
};

/**
 * Returns the metrics of a report as OpenMetrics text, all of them gauges without a time: what
 * GitLab compares between branches, and Prometheus takes from a file.
 *
 * GitLab reads each line as a shell would, to the first number sign: a label value must hold none.
 */
export function renderOpenMetrics({ metrics }: CriteriaReport): string {
  const families = Map.groupBy(metrics, ({ name }) => name);
  const lines = [...families].flatMap(([name, family]) => [
    `# TYPE ${name} gauge`,
    `# HELP ${name} ${HELP[name] ?? ''}`,
    // A threshold that is written twice is one.
    ...new Set(family.map(sampleLine)),
  ]);
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function sampleLine({ name, labels, value }: Metric): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${labelText(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

function labelText(text: string): string {
  return printable(text)
    .replaceAll('#', '·')
    .replace(/[\\"]/gu, (mark) => `\\${mark}`);
}
