import {
  counted,
  CENSORED_OUTCOMES,
  countOf,
  EMPTY_HISTOGRAM,
  HarnessError,
  mergeSparse,
  runNotFound,
  TIMED_OUTCOMES,
  type SparseHistogram,
} from '../../core/index.ts';
import type { FaultSpec, MeasuredDelay, ToxicFaultSpec } from '../../faults/index.ts';
import type { DelaySpec } from '../../toxics/index.ts';
import type { ReadyFault } from '../../scenario/index.ts';
import type { Store } from '../../store/index.ts';

/**
 * Returns the faults of a scenario with the delays that they take from stored runs read out of the
 * store, as they were measured: the times of the answered calls of a step.
 * @param note takes what was found, for people
 * @throws RUN_NOT_FOUND where the store has no such run, or none of its calls are meant
 */
export async function readMeasuredDelays(
  faults: readonly FaultSpec[],
  source: Store['source'],
  note: (text: string) => void,
): Promise<readonly ReadyFault[]> {
  const ready: ReadyFault[] = [];
  for (const fault of faults) {
    ready.push(fault.toxic ? await withDelays(fault, source, note) : fault);
  }
  return Object.freeze(ready);
}

async function withDelays(
  { measured = [], ...fault }: ToxicFaultSpec,
  source: Store['source'],
  note: (text: string) => void,
): Promise<ReadyFault> {
  const settings = { ...fault.toxic.settings };
  for (const delay of measured) {
    const read = await readDelay(fault.name, delay, source);
    note(`${fault.name}: delays as measured in ${read.source}`);
    settings[delay.setting] = read;
  }
  return { ...fault, toxic: { ...fault.toxic, settings } };
}

async function readDelay(
  fault: string,
  { run: wanted, step, clock, phase }: MeasuredDelay,
  source: Store['source'],
): Promise<Extract<DelaySpec, { distribution: 'histogram' }>> {
  const run = await source.run(wanted);
  if (!run) throw runNotFound(wanted, `for the delays of fault ${fault}`);
  const names = run.phases.filter((p) => (phase === '' ? p.measured : p.name === phase));
  const known = new Set(names.map((p) => p.name));
  const ofRun = (await source.series(run.runId)).filter(
    (s) => known.has(s.phase) && s.clock === clock,
  );
  const answered = ofRun.filter(
    (s) => s.step === step && TIMED_OUTCOMES.has(s.outcome) && !CENSORED_OUTCOMES.has(s.outcome),
  );
  const { valueNs, count } = answered.reduce<SparseHistogram>(mergeSparse, EMPTY_HISTOGRAM);
  if (valueNs.length === 0) {
    const steps = [...new Set(ofRun.map((s) => s.step))];
    const where = phase === '' ? 'measured phases' : `phase ${phase}`;
    throw notFound(
      `run ${run.runId} has no answered calls of step ${step} in its ${where}, for the delays of fault ${fault}`,
      steps.length > 0
        ? `Steps that it has there: ${steps.join(', ')}.`
        : 'Name another phase or run.',
    );
  }
  const calls = countOf({ valueNs, count });
  const of = `run ${run.runId}, ${step}, ${clock} time, ${counted(calls, 'call')}`;
  return { distribution: 'histogram', valueNs, count, source: of };
}

function notFound(message: string, hint: string): HarnessError {
  return new HarnessError('RUN_NOT_FOUND', message, { hint });
}
