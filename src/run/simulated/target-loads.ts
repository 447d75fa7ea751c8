import { type FaultWindow, isLasting, NS_PER_SEC, type RunRecord } from '../../core/index.ts';
import type { RunReport } from '../../report/index.ts';
import type { MeasuredRun } from './measured-run.ts';

type TargetLoad = NonNullable<RunReport['simulation']>['loads'][number];

/** So much more than in the run is more. */
const BEYOND_RATIO = 1.1;
/** Counts that lie apart by fewer standard deviations of chance may be the same. */
const DEVIATIONS = 3;

export interface SimulatedAttempts {
  readonly step: string;
  readonly target: string;
  readonly bySecond: ReadonlyMap<number, number>;
}

/** A second of the simulation, and those of the run that it is like. */
interface Stretch {
  readonly simulated: Set<number>;
  readonly run: Set<number>;
}

/**
 * Returns what each target is asked for in a simulation, beside what it was in the run: over all
 * measured seconds, and by phase and fault window. Seconds past the end of the run are held against
 * those that they are like.
 * @param phases of the simulation
 */
export function targetLoads(
  attempts: readonly SimulatedAttempts[],
  measured: MeasuredRun,
  phases: RunRecord['phases'],
): readonly TargetLoad[] {
  const stretches = stretchesOf(measured, phases);
  return [...Map.groupBy(attempts, ({ target }) => target)].flatMap(([target, own]) => {
    const before = runAttempts(measured, new Set(own.map(({ step }) => step)));
    const count = (counts: ReadonlyMap<number, number>, seconds: ReadonlySet<number>): number =>
      [...seconds].reduce((sum, second) => sum + (counts.get(second) ?? 0), 0);
    const loads = [...stretches].flatMap(([stretch, seconds]) => {
      const simulated = own.reduce((sum, one) => sum + count(one.bySecond, seconds.simulated), 0);
      const ran = count(before, seconds.run);
      if (simulated === 0 && ran === 0) return [];
      return [{ target, ...rates({ stretch, simulated, ran, seconds }) }];
    });
    // A single stretch is the whole.
    return loads.length === 2 ? loads.slice(0, 1) : loads;
  });
}

function rates(of: {
  readonly stretch: string;
  readonly simulated: number;
  readonly ran: number;
  readonly seconds: Stretch;
}): Omit<TargetLoad, 'target'> {
  const { stretch, simulated, ran, seconds } = of;
  const length = Math.max(1, seconds.simulated.size);
  const scale = length / Math.max(1, seconds.run.size);
  const wasThen = ran * scale;
  const chance = DEVIATIONS * Math.sqrt(simulated + wasThen * Math.max(1, scale));
  return {
    stretch,
    seconds: seconds.simulated.size,
    runPerSec: wasThen / length,
    simulatedPerSec: simulated / length,
    isBeyond: simulated > BEYOND_RATIO * wasThen && simulated - wasThen > chance,
  };
}

function stretchesOf(
  { run, numbers, windows }: MeasuredRun,
  phases: RunRecord['phases'],
): ReadonlyMap<string, Stretch> {
  const stretches = new Map<string, Stretch>();
  const add = (name: string, side: keyof Stretch, second: number): void => {
    const stretch = stretches.get(name) ?? { simulated: new Set(), run: new Set() };
    stretch[side].add(second);
    stretches.set(name, stretch);
  };
  const whole = '';
  for (const phase of phases.filter(({ measured }) => measured)) {
    for (const second of secondsOf(phase)) {
      add(whole, 'simulated', second);
      if (second >= numbers.endSecond) {
        add(PAST, 'simulated', second);
        for (const like of numbers.lastSeconds) add(PAST, 'run', like);
      } else {
        const name = nameOf(second, run.phases, windows);
        add(name, 'simulated', second);
        add(name, 'run', second);
      }
    }
  }
  for (const phase of run.phases.filter(({ measured }) => measured)) {
    for (const second of secondsOf(phase)) {
      if (second < numbers.endSecond) add(whole, 'run', second);
    }
  }
  return stretches;
}

const PAST = 'past the end of the run';

function secondsOf({ fromNs, toNs }: RunRecord['phases'][number]): readonly number[] {
  const from = Math.floor(fromNs / NS_PER_SEC);
  return Array.from({ length: Math.ceil(toNs / NS_PER_SEC) - from }, (_, i) => from + i);
}

function nameOf(
  second: number,
  phases: RunRecord['phases'],
  windows: readonly FaultWindow[],
): string {
  const [fromNs, toNs] = [second * NS_PER_SEC, (second + 1) * NS_PER_SEC];
  const phase = phases.findLast((one) => one.fromNs <= fromNs)?.name ?? '';
  const touching = windows.filter(
    (window) => !isLasting(window) && window.fromNs < toNs && window.toNs > fromNs,
  );
  const faults = [...new Set(touching.map(({ fault }) => fault))];
  return faults.length === 0 ? phase : `${phase} during ${faults.join(' and ')}`;
}

/** A call of a step without a policy is an attempt. */
function runAttempts(
  { numbers: { histograms, counters, policed } }: MeasuredRun,
  steps: ReadonlySet<string>,
): ReadonlyMap<number, number> {
  const bySecond = new Map<number, number>();
  const add = (second: number, count: number): void =>
    void bySecond.set(second, (bySecond.get(second) ?? 0) + count);
  for (const { step, second, clock, count } of histograms) {
    if (!steps.has(step) || policed.has(step) || clock !== 'response') continue;
    add(
      second,
      count.reduce((sum, n) => sum + n, 0),
    );
  }
  for (const { step, second, counter, value } of counters) {
    if (counter === 'attempts' && steps.has(step)) add(second, value);
  }
  return bySecond;
}
