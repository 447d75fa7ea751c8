import { formatDuration } from '../../core/index.ts';
import { TOXIC_KINDS, type ToxicKind } from '../../faults/index.ts';
import { parseAddress } from '../address.ts';
import { toxicOf } from '../fault-from-file.ts';
import { during } from '../file/fault.ts';
import { toxic as toxicFile, type ToxicFile } from '../file/toxic.ts';
import { pathText, seenText, type Path, type Problem } from '../problem.ts';
import { select, selectTexts, valueAt, type Selected } from '../select.ts';
import { phaseDurations } from './load-checks.ts';
import { idleToxicProblems } from './idle-toxic-checks.ts';
import { referencesBefore } from './name-checks.ts';
import { overlapsOnProcess, WINDOWS_MAX } from './process-fault-checks.ts';

/** Settings of which one must be no more than another, wherever a kind has both. */
const AT_MOST = [
  { small: 'jitter', large: 'latency' },
  { small: 'sizeVariation', large: 'averageSize' },
] as const;

/** Returns a problem for every fault that does not go with the rest of the file, or with itself. */
export function faultProblems(file: unknown): Problem[] {
  return [
    ...windowsOutside(file),
    ...overlapsOnProcess(file),
    ...idleProxies(file),
    ...select(file, ['faults', '*']).flatMap((fault) => toxicProblems(fault, file)),
  ];
}

function windowsOutside(file: unknown): Problem[] {
  const durations = phaseDurations(file);
  return select(file, ['faults', '*', 'during']).flatMap(({ path, value }): Problem[] => {
    const window = during.safeParse(value);
    const phaseNs = window.success ? durations.get(window.data.phase) : undefined;
    if (!window.success || phaseNs === undefined) return [];
    const { from, every, for: forNs, phase: name } = window.data;
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

function toxicProblems({ path, value }: Selected, file: unknown): Problem[] {
  const toxic = valueAt(value, ['toxic']);
  const kind = TOXIC_KINDS.get(String(valueAt(toxic, ['type'])));
  if (!kind) return [];
  const read = toxicFile.safeParse(toxic);
  return [
    ...needsHttp(kind, value, path, file),
    ...(read.success ? wrongSettings(kind, read.data, path) : []),
    ...(read.success ? settingsApart(kind, read.data, { path, value }) : []),
    ...(read.success ? rampTooLong(read.data, value, path) : []),
    ...(read.success ? idleToxicProblems(kind, read.data, { path, value }) : []),
  ];
}

/** A proxy of bytes knows no requests. */
function needsHttp(kind: ToxicKind, fault: unknown, path: Path, file: unknown): Problem[] {
  const proxy = valueAt(fault, ['proxy']);
  if (kind.works !== 'request' || typeof proxy !== 'string') return [];
  const [found] = select(file, ['proxies', proxy]);
  if (!found || valueAt(found.value, ['protocol']) === 'http') return [];
  const message = `toxic ${kind.type} works on requests, and proxy "${proxy}" does not read them`;
  const hint = `Add protocol: http to ${pathText(found.path)}; its traffic must be HTTP without TLS.`;
  return [{ path: [...path, 'toxic', 'type'], part: 'value', message, hint }];
}

/** What the kind itself finds wrong. */
function wrongSettings(kind: ToxicKind, toxic: ToxicFile, path: Path): Problem[] {
  const faults = kind.check?.(toxicOf(toxic).settings) ?? [];
  return faults.map(({ name, seen, wanted, hint }): Problem => {
    const told = toxic[name];
    const isList = Array.isArray(told);
    const place = isList ? told.indexOf(seen) : seen;
    const message = `${name} must be ${wanted}, got ${seenText(seen)}`;
    return {
      path: [...path, 'toxic', name, place],
      part: isList ? 'value' : 'key',
      message,
      hint,
    };
  });
}

function settingsApart(kind: ToxicKind, toxic: ToxicFile, fault: Selected): Problem[] {
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
    const seen = seenText(valueAt(fault.value, ['toxic', small]));
    const message = `${small} must be no more than ${large}, got ${seen}`;
    const hint = `Lower ${small} or raise ${large}.`;
    return [{ path: [...fault.path, 'toxic', small], part: 'value', message, hint }];
  });
}

function rampTooLong({ ramp }: ToxicFile, fault: unknown, path: Path): Problem[] {
  const window = during.safeParse(valueAt(fault, ['during']));
  if (ramp === undefined || !window.success || ramp <= window.data.for) return [];
  const message = `ramp must be no more than the fault's for (${formatDuration(window.data.for)}), got ${formatDuration(ramp)}`;
  const hint = 'Shorten the ramp or let the fault last longer.';
  return [{ path: [...path, 'toxic', 'ramp'], part: 'value', message, hint }];
}
