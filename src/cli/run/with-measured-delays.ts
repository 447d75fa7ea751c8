import {
  CENSORED_OUTCOMES,
  countOf,
  EMPTY_HISTOGRAM,
  HarnessError,
  mergeSparse,
  TIMED_OUTCOMES,
  type SparseHistogram,
} from '../../core/index.ts';
import type { DelaySpec, MeasuredDelay, ToxicFaultSpec } from '../../faults/index.ts';
import type { Scenario } from '../../scenario/index.ts';
import type { Store } from '../../store/index.ts';

/**
 * Returns the scenario with the delays that it takes from stored runs read out of the store, as they
 * were measured: the times of the answered calls of a step.
 * @param tell is told what was found, for people
 * @throws RUN_NOT_FOUND where the store has no such run, or none of its calls are meant
 */
export async function withMeasuredDelays(
  scenario: Scenario,
  source: Store['source'],
  tell: (text: string) => void,
): Promise<Scenario> {
  if (!scenario.faults.some((fault) => fault.toxic && fault.measured)) return scenario;
  const faults = [];
  for (const fault of scenario.faults) {
    faults.push(fault.toxic ? await filled(fault, source, tell) : fault);
  }
  return Object.freeze({ ...scenario, faults: Object.freeze(faults) });
}

async function filled(
  fault: ToxicFaultSpec,
  source: Store['source'],
  tell: (text: string) => void,
): Promise<ToxicFaultSpec> {
  const { toxic } = fault;
  const settings = { ...toxic.settings };
  for (const delay of fault.measured ?? []) {
    const read = await readDelay(fault.name, delay, source);
    tell(`${fault.name}: delays as measured in ${read.source}`);
    settings[delay.setting] = read;
  }
  return { ...fault, toxic: { ...toxic, settings } };
}

async function readDelay(
  fault: string,
  { run: wanted, step, clock, phase }: MeasuredDelay,
  source: Store['source'],
): Promise<Extract<DelaySpec, { distribution: 'histogram' }>> {
  const run = await source.run(wanted);
  if (!run) {
    const what = wanted === 'latest' ? 'holds no run yet' : `holds no run ${wanted}`;
    throw notFound(
      `the store ${what} for the delays of fault ${fault}`,
      'callgauge runs lists them.',
    );
  }
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
  const of = `run ${run.runId}, ${step}, ${clock} time, ${calls} calls`;
  return { distribution: 'histogram', valueNs, count, source: of };
}

function notFound(message: string, hint: string): HarnessError {
  return new HarnessError('RUN_NOT_FOUND', message, { hint });
}
