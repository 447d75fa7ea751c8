import { formatDuration, type Ns } from '../../core/index.ts';
import { during } from '../file/fault.ts';
import { phase } from '../file/load.ts';
import { DURATION_NS_MAX } from '../file/quantities.ts';
import { pathText, type Problem } from '../problem.ts';
import { parseAddress } from '../address.ts';
import { phaseDurationNs } from '../phase-duration.ts';
import { select, selectTexts } from '../select.ts';
import { stairsOf } from '../staircase.ts';
import { referencesBefore } from './name-checks.ts';

/** Returns a problem for every phase and fault window that does not fit into the run. */
export function loadProblems(file: unknown): Problem[] {
  return [
    ...runTooLong(file),
    ...nothingMeasured(file),
    ...windowsOutside(file),
    ...idleProxies(file),
  ];
}

/** Returns the durations of the phases that are valid, by name, and of a staircase's steps. */
function phaseDurations(file: unknown): Map<string, Ns> {
  const durations = new Map<string, Ns>();
  for (const { value } of select(file, ['load', '*'])) {
    const read = phase.safeParse(value);
    const durationNs = read.success ? phaseDurationNs(read.data) : undefined;
    if (!read.success || durationNs === undefined) continue;
    durations.set(read.data.phase, durationNs);
    const { steps } = read.data.arrivals ?? {};
    if (!steps) continue;
    for (const stair of stairsOf(read.data.phase, steps)) durations.set(stair.name, steps.each);
  }
  return durations;
}

function runTooLong(file: unknown): Problem[] {
  const phases = [...phaseDurations(file)].filter(([name]) => !name.includes('@'));
  const totalNs = phases.reduce((sum, [, ns]) => sum + ns, 0);
  if (totalNs <= DURATION_NS_MAX) return [];
  const message = `the phases must last 100 days at most together, got ${formatDuration(totalNs)}`;
  return [{ path: ['load'], part: 'key', message, hint: 'Split it into several runs.' }];
}

function nothingMeasured(file: unknown): Problem[] {
  const phases = select(file, ['load', '*']);
  const measures = select(file, ['load', '*', 'measure']);
  if (phases.length === 0 || measures.length < phases.length) return [];
  if (measures.some(({ value }) => value !== false)) return [];
  const message = 'no phase is measured: there would be no result';
  return [{ path: ['load'], part: 'key', message, hint: 'Remove measure: false from a phase.' }];
}

function windowsOutside(file: unknown): Problem[] {
  const durations = phaseDurations(file);
  return select(file, ['faults', '*', 'during']).flatMap(({ path, value }): Problem[] => {
    const window = during.safeParse(value);
    const phaseNs = window.success ? durations.get(window.data.phase) : undefined;
    if (!window.success || phaseNs === undefined) return [];
    const endNs = window.data.from + window.data.for;
    if (endNs <= phaseNs) return [];
    const name = window.data.phase;
    const message = `the fault must end within phase "${name}" (${formatDuration(phaseNs)}), got an end at ${formatDuration(endNs)}`;
    const hint = `Keep from + for of ${pathText(path)} to ${formatDuration(phaseNs)} at most.`;
    return [{ path: [...path, 'for'], part: 'value', message, hint }];
  });
}

/** A fault in a proxy on a free port that nothing is led through would change nothing. */
function idleProxies(file: unknown): Problem[] {
  const used = new Set(
    referencesBefore(file).flatMap(({ reference }) =>
      reference.kind === 'proxies' ? [reference.name] : [],
    ),
  );
  const faulted = new Set(selectTexts(file, ['faults', '*', 'proxy']).map(({ value }) => value));
  return [...faulted].flatMap((name): Problem[] => {
    const [proxy] = select(file, ['proxies', name]);
    if (!proxy || used.has(name)) return [];
    const listen = select(proxy.value, ['listen'])[0]?.value ?? '127.0.0.1:0';
    if (typeof listen !== 'string' || parseAddress(listen)?.port !== 0) return [];
    const message = `nothing goes through proxy "${name}": its faults would change nothing`;
    const hint = `Use \${proxies.${name}.url} in a target or in a service's env, or give the proxy a fixed listen port.`;
    return [{ path: proxy.path, part: 'key', message, hint }];
  });
}
