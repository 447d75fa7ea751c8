import type { DialNumbers, RunAnalysis } from '../analyze/index.ts';
import type { ThresholdSpec } from '../scenario/index.ts';
import { missing, type Observation } from './observation.ts';
import { observeClock } from './observe-clock.ts';
import { observeEdge } from './observe-edge.ts';
import { observeEvents } from './observe-events.ts';
import { observePart, type PartOfRun, type ResponseClock } from './observe-part.ts';
import { selectedOf, selectionOf } from './selections.ts';

/**
 * Returns what the run says on the threshold's subject over all of its time, aggregated as the
 * threshold asks.
 * @param responseClock `corrected` takes response times without the generator's own delay
 */
export function observe(
  threshold: ThresholdSpec,
  analysis: RunAnalysis,
  responseClock: ResponseClock = 'response',
): Observation {
  const { metric, edge, aggregate } = threshold;
  if (edge) return observeEdge(edge, aggregate, analysis);
  const gone = missingPhase(threshold, analysis);
  if (gone) return gone;
  if (metric === 'connect-errors') return observeConnects(threshold, analysis);
  if (metric === 'lag') return observeLag(threshold, analysis);
  const selection = selectionOf(threshold);
  if (selection === undefined) {
    return observePart(threshold, partOf(threshold, analysis), responseClock);
  }
  const selected = selectedOf(analysis, selection);
  const never = neverSelected(threshold, selected.ranNs > 0);
  const wanted = wantedText(threshold);
  return never ?? observePart(threshold, { ...selected, wanted }, responseClock);
}

/** Returns why there is nothing to observe where the phase that is named was not measured. */
export function missingPhase(
  { phase }: ThresholdSpec,
  { phases }: RunAnalysis,
): Observation | undefined {
  if (phase === '' || phases.some((p) => p.name === phase && p.measured)) return undefined;
  return missing(`the run has no measured phase ${phase}`);
}

/** Returns why there is nothing to observe where none of the run's time was selected. */
export function neverSelected(
  { fault, healthy }: ThresholdSpec,
  isSelected: boolean,
): Observation | undefined {
  if (isSelected) return undefined;
  if (healthy) return missing('no second was outside the fault windows and their guards');
  if (fault === undefined) return undefined;
  return missing(`fault ${fault} was active in no second that was measured`);
}

/** Returns what the threshold is of, for messages: `call of step pay in phase steady`. */
export function wantedText({ step, steps, phase, fault, healthy, of }: ThresholdSpec): string {
  const what = of === 'attempts' ? 'sent attempt' : 'call';
  const names = steps ?? [step];
  const whose = names.length === 1 ? `step ${names[0] ?? ''}` : `any of ${names.length} steps`;
  const where = phase === '' ? '' : ` in phase ${phase}`;
  const when = healthy ? ' in healthy time' : fault === undefined ? '' : ` during fault ${fault}`;
  return `${what} of ${whose}${where}${when}`;
}

/** What the analysis knows of one step, or of the arrivals. */
function partOf(threshold: ThresholdSpec, analysis: RunAnalysis): PartOfRun {
  const { step, phase } = threshold;
  const phases = analysis.phases.filter((p) => p.measured && (phase === '' || p.name === phase));
  const ofStep = analysis.steps.find((one) => one.step === step);
  const found = ofStep?.phases.find((one) => one.phase === phase);
  return {
    ranNs: phases.reduce((sum, p) => sum + p.ranNs, 0),
    arrivals: {
      due: phases.reduce((sum, p) => sum + p.arrivals, 0),
      dropped: phases.reduce((sum, p) => sum + p.droppedArrivals, 0),
    },
    summary: phase === '' ? ofStep?.overall : found?.summary,
    policy: phase === '' ? ofStep?.policy : found?.policy,
    wanted: wantedText(threshold),
  };
}

function observeLag({ phase, aggregate }: ThresholdSpec, { lag, phases }: RunAnalysis) {
  const clock = phase === '' ? lag : phases.find((p) => p.name === phase)?.lag;
  const isSeen = clock !== undefined && clock.n > 0;
  return isSeen ? observeClock(clock, aggregate) : missing('nothing was due to arrive');
}

/** Of one target where the threshold names one. A run that opened none has no failed ones. */
function observeConnects({ step, phase, aggregate }: ThresholdSpec, { dials }: RunAnalysis) {
  const own = dials
    .filter(({ target }) => step === '' || target === step)
    .flatMap((dial): readonly DialNumbers[] =>
      phase === '' ? [dial] : dial.phases.filter((one) => one.phase === phase),
    );
  const count = own.reduce((sum, dial) => sum + dial.failed, 0);
  const n = own.reduce((sum, dial) => sum + dial.opened + dial.failed, 0);
  return observeEvents({ count, rate: n === 0 ? 0 : count / n, n }, aggregate);
}
