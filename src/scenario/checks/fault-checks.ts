import { formatDuration, pathText } from '../../core/index.ts';
import { TOXIC_KINDS } from '../../toxics/catalogue.ts';
import { parseAddress } from '../address.ts';
import { toxicOf } from '../fault-from-file.ts';
import type { FaultFile } from '../file/fault.ts';
import type { ScenarioFile } from '../file/scenario-file.ts';
import { seenText, type Path, type Problem } from '../problem.ts';
import { ownValue, valueAt } from '../select.ts';
import { phaseDurations } from './load-checks.ts';
import { idleToxicProblems, type ToxicFault } from './idle-toxic-checks.ts';
import { referencesBefore } from './name-checks.ts';
import { overlapsOnProcess, WINDOWS_MAX } from './process-fault-checks.ts';

/** Settings of which one must be no more than another, wherever a kind has both. */
const AT_MOST = [
  { small: 'jitter', large: 'latency' },
  { small: 'sizeVariation', large: 'averageSize' },
] as const;

/**
 * Returns a problem for every fault that does not go with the rest of the file, or with itself.
 * `written` is the file as it was read.
 */
export function faultProblems(file: ScenarioFile, written: unknown): Problem[] {
  return [
    ...windowsOutside(file),
    ...overlapsOnProcess(file),
    ...idleProxies(file, written),
    ...file.faults.flatMap((fault, i) => toxicProblems(fault, ['faults', i], file, written)),
  ];
}

function windowsOutside(file: ScenarioFile): Problem[] {
  const durations = phaseDurations(file);
  return file.faults.flatMap(({ during }, i): Problem[] => {
    const phaseNs = during && durations.get(during.phase);
    if (!during || phaseNs === undefined) return [];
    const path = ['faults', i, 'during'];
    const { from, every, for: forNs, phase: name } = during;
    if (from + forNs > phaseNs) {
      const message = `the fault must end within phase "${name}" (${formatDuration(phaseNs)}), got an end at ${formatDuration(from + forNs)}`;
      const hint = `Keep from + for of ${pathText(path)} to ${formatDuration(phaseNs)} at most.`;
      return [{ path: [...path, 'for'], part: 'value', message, hint }];
    }
    const windows = every === undefined ? 1 : Math.floor((phaseNs - from - forNs) / every) + 1;
    if (windows <= WINDOWS_MAX) return [];
    const message = `the fault must come ${WINDOWS_MAX} times at most, got ${windows}`;
    const hint = 'Raise every, or let a trigger choose the connections or requests.';
    return [{ path: [...path, 'every'], part: 'value', message, hint }];
  });
}

/** A fault in a proxy on a free port that nothing is led through would change nothing. */
function idleProxies(file: ScenarioFile, written: unknown): Problem[] {
  const used = new Set(
    referencesBefore(written).flatMap(({ reference }) =>
      reference.kind === 'proxies' ? [reference.name] : [],
    ),
  );
  const faulted = new Set(file.faults.flatMap(({ proxy }) => proxy ?? []));
  return [...faulted].flatMap((name): Problem[] => {
    const proxy = ownValue(file.proxies, name);
    if (!proxy || used.has(name) || parseAddress(proxy.listen)?.port !== 0) return [];
    const message = `nothing goes through proxy "${name}": its faults would change nothing`;
    const hint = `Use \${proxies.${name}.url} in a target or in a service's env, or give the proxy a fixed listen port.`;
    return [{ path: ['proxies', name], part: 'key', message, hint }];
  });
}

function toxicProblems(
  { proxy, toxic, during }: FaultFile,
  path: Path,
  file: ScenarioFile,
  written: unknown,
): Problem[] {
  const kind = toxic && TOXIC_KINDS.get(toxic.type);
  if (!toxic || !kind) return [];
  const fault = { path, kind, toxic, during };
  return [
    ...needsHttp(fault, proxy ?? '', file),
    ...wrongSettings(fault),
    ...settingsApart(fault, valueAt(written, [...path, 'toxic'])),
    ...rampTooLong(fault),
    ...idleToxicProblems(fault),
  ];
}

/** A proxy of bytes knows no requests. */
function needsHttp({ kind, path }: ToxicFault, proxy: string, file: ScenarioFile): Problem[] {
  const found = ownValue(file.proxies, proxy);
  if (kind.works !== 'request' || !found || found.protocol === 'http') return [];
  const message = `toxic ${kind.type} works on requests, and proxy "${proxy}" does not read them`;
  const hint = `Add protocol: http to ${pathText(['proxies', proxy])}; its traffic must be HTTP without TLS.`;
  return [{ path: [...path, 'toxic', 'type'], part: 'value', message, hint }];
}

/** What the kind itself finds wrong. */
function wrongSettings({ kind, toxic, path }: ToxicFault): Problem[] {
  const problems = kind.check?.(toxicOf(toxic).settings) ?? [];
  return problems.map(({ name, seen, wanted, hint }): Problem => {
    const given = toxic[name];
    const isList = Array.isArray(given);
    const key = isList ? given.indexOf(seen) : seen;
    const message = `${name} must be ${wanted}, got ${seenText(seen)}`;
    return {
      path: [...path, 'toxic', name, key],
      part: isList ? 'value' : 'key',
      message,
      hint,
    };
  });
}

function settingsApart({ kind, toxic, path }: ToxicFault, written: unknown): Problem[] {
  const valueOf = (name: string): number | undefined => {
    const setting = Object.values(kind.settings).find((candidate) => candidate.name === name);
    if (!setting) return undefined;
    const value = toxic[name] ?? ('default' in setting ? setting.default : undefined);
    return typeof value === 'number' ? value : undefined;
  };
  return AT_MOST.flatMap(({ small, large }): Problem[] => {
    const smallValue = valueOf(small);
    const largeValue = valueOf(large);
    if (smallValue === undefined || largeValue === undefined || smallValue <= largeValue) return [];
    const seen = seenText(valueAt(written, [small]));
    const message = `${small} must be no more than ${large}, got ${seen}`;
    const hint = `Lower ${small} or raise ${large}.`;
    return [{ path: [...path, 'toxic', small], part: 'value', message, hint }];
  });
}

function rampTooLong({ toxic: { ramp }, during, path }: ToxicFault): Problem[] {
  if (ramp === undefined || !during || ramp <= during.for) return [];
  const message = `ramp must be no more than the fault's for (${formatDuration(during.for)}), got ${formatDuration(ramp)}`;
  const hint = 'Shorten the ramp or let the fault last longer.';
  return [{ path: [...path, 'toxic', 'ramp'], part: 'value', message, hint }];
}
