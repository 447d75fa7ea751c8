import { CapacitySearch, probeLoad, probeText } from '../capacity/index.ts';
import type { CapacityPhaseSpec } from '../scenario/index.ts';
import { startSetupTeardown, type CallsBesideLoad } from '../sender/index.ts';
import { ProbeSegments } from './probe-segments.ts';
import type { BegunRun, FinishedLoad, SendingParts } from './sending.ts';

/**
 * Carries out a capacity search as segments of one run, each with senders of its own, on the run's
 * clock and with arrival numbers that go on:
 *
 *   setup │ warm-up │ gap │ lead-in, probe 1 │ drain, rest │ lead-in, probe 2 │ ... │ teardown
 *                                                   └─ results ─► what to probe next
 *
 * Resolves when the search is done, or the segment under way has ended after a request to stop.
 * @throws as {@link sendLoad} does
 */
export async function sendCapacitySearch(
  search: CapacityPhaseSpec,
  parts: SendingParts,
): Promise<FinishedLoad> {
  const { scenario, runId, threads, observer, stop, abandon } = parts;
  const signal = AbortSignal.any([stop, abandon]);
  signal.throwIfAborted();
  const note = (text: string): void => observer.note(text);
  let begun: BegunRun | undefined;
  /** Of the setup: the run is there to be told once it is made. */
  const early: CallsBesideLoad[] = [];
  const setup = await startSetupTeardown({
    ...{ scenario, runId, threads, signal },
    onNotice: note,
    onBesideLoad: (calls) => {
      if (begun === undefined) early.push(calls);
      else begun.recording.addBesideLoad(calls);
    },
  });
  try {
    signal.throwIfAborted();
    begun = await parts.begin(0);
    for (const calls of early) begun.recording.addBesideLoad(calls);
    const segments = new ProbeSegments({
      ...parts,
      search,
      begun,
      setUpValues: setup?.values,
      ending: signal,
    });
    const warmUp = scenario.load.filter((phase) => phase.capacity === undefined);
    if (warmUp.length > 0) await segments.send(warmUp);
    const capacitySearch = new CapacitySearch(search);
    while (!signal.aborted) {
      const step = capacitySearch.next();
      if (step.kind === 'done') break;
      for (const phase of await segments.send(probeLoad(search, step.probe))) {
        const rate = await capacitySearch.add(segments.slices.numbersOf(phase));
        if (rate) note(probeText(phase.name, rate));
      }
    }
    abandon.throwIfAborted();
    return { begun, sent: segments.sent(stop.aborted) };
  } finally {
    await setup?.tearDown();
  }
}
