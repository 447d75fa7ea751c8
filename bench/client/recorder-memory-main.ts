import { NS_PER_MS, NS_PER_SEC, OK, rngFrom, TIMEOUT } from '../../src/core/index.ts';
import { Recorder } from '../../src/record/index.ts';

/**
 * Prints by how many bytes a process grows at the most that records calls of as many steps as the
 * first argument says, against ten targets, 100 of each in every second: response times spread as
 * those of services are, a median of 5 ms with a tail past a second, and one call in fifty timed
 * out. Run with --expose-gc.
 */
const TARGETS = 10;
/** Together, of 1,000 series, more than one worker can send. */
const CALLS_PER_STEP_AND_SECOND = 100;
const SECONDS = 10;
const MEDIAN_MS = 5;
/** Of the logarithm: 99.9% of the times lie between a twentieth and a hundredfold of the median. */
const SPREAD = 1.2;

const stepCount = Number(process.argv[2]);
const targets = Array.from({ length: TARGETS }, (_, i) => `target-${i}`);
const steps = Array.from({ length: stepCount }, (_, i) => ({
  name: `step-${i}`,
  target: targets[i % TARGETS] ?? '',
}));
const rng = rngFrom(1, 'recorder-memory');

globalThis.gc?.();
const beforeBytes = process.memoryUsage.rss();
const recorder = new Recorder({
  seed: 1,
  phases: ['steady'],
  targets,
  steps,
  keep: { headRatio: 0, errors: false, slowRatio: 0 },
});
const call = {
  seq: 0,
  spanSeq: 0,
  phaseIndex: 0,
  stepIndex: 0,
  intendedNs: 0,
  seenNs: 0,
  sentNs: 0,
  firstByteNs: 0,
  endNs: 0,
  outcome: OK as typeof OK | typeof TIMEOUT,
  status: 200,
  bytesIn: 100,
  bytesOut: 100,
  localPort: 0,
  error: '',
  attempt: 0,
  callOutcome: OK as typeof OK | typeof TIMEOUT,
  endpoint: 0,
};
let mostBytes = 0;
for (let second = 0; second < SECONDS; second++) {
  call.intendedNs = second * NS_PER_SEC;
  call.seenNs = call.intendedNs;
  call.sentNs = call.intendedNs;
  call.firstByteNs = call.intendedNs;
  for (let round = 0; round < CALLS_PER_STEP_AND_SECOND; round++) {
    call.outcome = round % 50 === 49 ? TIMEOUT : OK;
    for (let step = 0; step < stepCount; step++) {
      call.stepIndex = step;
      call.endNs =
        call.intendedNs + Math.round(MEDIAN_MS * NS_PER_MS * Math.exp(SPREAD * normal()));
      recorder.record(call);
    }
  }
  // As while a run goes on: handed out, and let go.
  recorder.takeSlice(second);
  globalThis.gc?.();
  mostBytes = Math.max(mostBytes, process.memoryUsage.rss() - beforeBytes);
}
process.stdout.write(String(mostBytes));

/** Returns a draw of the normal distribution (Box and Muller). */
function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - rng.nextFloat())) * Math.cos(2 * Math.PI * rng.nextFloat());
}
