import { invariant } from '../core/index.ts';
import type { FaultSpec, FaultTime, KillSignal, MeasuredDelay } from '../faults/index.ts';
import { kindOf } from '../toxics/catalogue.ts';
import type { DelaySpec, SettingValue, ToxicSpec } from '../toxics/index.ts';
import type { DelayFile } from './file/delay.ts';
import type { FaultFile } from './file/fault.ts';
import type { PhaseFile } from './file/load.ts';
import type { ToxicFile } from './file/toxic.ts';
import { stairsIn } from './staircase.ts';

/**
 * Returns a fault of the file; delays of stored runs are in it by name, their values not yet read.
 */
export function faultFromFile(fault: FaultFile, load: readonly PhaseFile[]): FaultSpec {
  const { name, proxy, toxic, service, pid } = fault;
  const during = fault.during && duringOf(fault.during, load);
  if (proxy !== undefined) {
    invariant(toxic, 'a fault in a proxy has a toxic');
    const measured = measuredOf(toxic);
    return {
      name,
      proxy,
      toxic: toxicOf(toxic),
      ...(during && { during }),
      ...(measured.length > 0 && { measured }),
    };
  }
  invariant(during, 'a fault of a process has its time');
  const signal: KillSignal = `SIG${fault.signal ?? 'KILL'}`;
  const does =
    fault.do === 'kill' ? ({ kind: 'kill', signal } as const) : { kind: 'pause' as const };
  if (service !== undefined) return { name, process: { service }, does, during };
  invariant(pid !== undefined, 'a fault without proxy and service has a pid');
  return { name, process: { pid }, does, during };
}

/** A fault that names a staircase begins in the step of that moment. */
function duringOf(
  { phase, from, for: durationNs, every }: NonNullable<FaultFile['during']>,
  load: readonly PhaseFile[],
): FaultTime {
  const stairs = load.filter((file) => file.phase === phase).flatMap(stairsIn);
  const stair = stairs.findLast(({ fromNs }) => fromNs <= from);
  return {
    phase: stair?.name ?? phase,
    fromNs: from - (stair?.fromNs ?? 0),
    durationNs,
    ...(every !== undefined && { everyNs: every }),
  };
}

/** Returns what a toxic of the file says; the values of a stored run are not yet in it. */
export function toxicOf(toxic: ToxicFile): ToxicSpec {
  const { settings } = kindOf(toxic.type);
  const values = Object.entries(settings).map(([key, setting]): [string, SettingValue] => {
    const told = toxic[setting.name];
    if (setting.kind === 'delay') return [key, delayOf(told as DelayFile)];
    if (told !== undefined) return [key, told as SettingValue];
    if (setting.kind === 'stringMap') return [key, {}];
    if (setting.kind === 'stringList') return [key, []];
    return [key, setting.default];
  });
  const { type, stream = 'downstream', toxicity, trigger, ramp, match } = toxic;
  return {
    type,
    stream,
    toxicity,
    settings: Object.fromEntries(values),
    ...(trigger && { trigger: triggerOf(trigger) }),
    ...(ramp !== undefined && { rampNs: ramp }),
    ...(match && { match: matchOf(match) }),
  };
}

function triggerOf({ first, every, after, window }: NonNullable<ToxicFile['trigger']>) {
  return {
    ...(first !== undefined && { first }),
    ...(every !== undefined && { every }),
    ...(after !== undefined && { after }),
    ...(window && { window: { fromNs: window.from, forNs: window.for } }),
  };
}

function matchOf({ methods, path, headers, trace, baggage }: NonNullable<ToxicFile['match']>) {
  return {
    ...(methods && { methods: methods.map((method) => method.toUpperCase()) }),
    ...(path !== undefined && { path }),
    ...(headers && { headers: lowerCased(headers) }),
    ...(trace !== undefined && { trace }),
    ...(baggage && { baggage }),
  };
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]),
  );
}

function delayOf(delay: DelayFile): DelaySpec {
  const { distribution } = delay;
  switch (distribution) {
    case 'constant':
      return { distribution, delayNs: delay.delay };
    case 'uniform':
      return { distribution, fromNs: delay.from, toNs: delay.to };
    case 'normal':
      return { distribution, meanNs: delay.mean, deviationNs: delay.deviation, maxNs: delay.max };
    case 'lognormal':
      return { distribution, medianNs: delay.median, sigma: delay.sigma, maxNs: delay.max };
    case 'pareto':
      return { distribution, minNs: delay.min, shape: delay.shape, maxNs: delay.max };
    case 'histogram':
      return { distribution, valueNs: [], count: [], source: `run ${delay.run}, ${delay.step}` };
  }
}

function measuredOf(toxic: ToxicFile): readonly MeasuredDelay[] {
  const { settings } = kindOf(toxic.type);
  return Object.entries(settings).flatMap(([setting, { kind, name }]): MeasuredDelay[] => {
    if (kind !== 'delay') return [];
    const delay = toxic[name] as DelayFile;
    if (delay.distribution !== 'histogram') return [];
    const { run, step, clock, phase = '' } = delay;
    return [{ setting, run, step, clock, phase }];
  });
}
