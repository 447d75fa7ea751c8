/** A plug-in's output, as the guidelines of the Nagios plug-ins have it read. */
export interface PlugInOutput {
  readonly state: string;
  readonly text: string;
  readonly data: readonly PerformanceValue[];
  readonly more: readonly string[];
}

export interface PerformanceValue {
  readonly label: string;
  readonly value: number;
  readonly unit: string;
  readonly warning: string;
  readonly critical: string;
}

const NUMBER = String.raw`-?\d+(?:\.\d+)?`;
const RANGE = String.raw`(?:@?(?:(?:${NUMBER}|~)?:)?(?:${NUMBER})?)`;
const ITEM = new RegExp(
  String.raw`^'([^'=]+)'=(${NUMBER})(s|ms|us|%|[KMGT]?B|c|)(?:;(${RANGE}))?(?:;(${RANGE}))?(?:;(?:${NUMBER})?)?(?:;(?:${NUMBER})?)?(?: |$)`,
  'u',
);

/**
 * Returns what a Nagios server reads of a plug-in.
 * @see https://nagios-plugins.org/doc/guidelines.html
 * @throws for what it would not take
 */
export function parseNagios(output: string): PlugInOutput {
  const [first = '', ...more] = output.trimEnd().split('\n');
  const [, state, text, bar, rest] =
    /^CALLGAUGE (OK|WARNING|CRITICAL|UNKNOWN) - ([^|]+?)(?: (\|) (.+))?$/u.exec(first) ?? [];
  if (state === undefined || text === undefined) throw new Error(`no line of a plug-in: ${first}`);
  if (more.some((line) => line.includes('|'))) throw new Error(`data in a later line: ${output}`);
  const data: PerformanceValue[] = [];
  for (let left = bar === undefined ? '' : (rest ?? ''); left !== '';) {
    const [all = '', label, value, unit, warning = '', critical = ''] = ITEM.exec(left) ?? [];
    if (label === undefined) throw new Error(`no performance data: ${left}`);
    data.push({ label, value: Number(value), unit: unit ?? '', warning, critical });
    left = left.slice(all.length);
  }
  return { state, text, data, more };
}

/** Returns whether a value raises an alert by a range: outside it, or inside of one with `@`. */
export function alerts(value: number, range: string): boolean {
  const [, inside, begin, colon, end] = /^(@)?(~|[-\d.]+)?(:)?([-\d.]+)?$/u.exec(range) ?? [];
  const from = colon === undefined ? 0 : begin === '~' ? -Infinity : Number(begin ?? 0);
  const to = colon === undefined ? Number(begin) : end === undefined ? Infinity : Number(end);
  const isIn = value >= from && value <= to;
  return inside === undefined ? !isIn : isIn;
}
