import { HarnessError, JsonValue, OUTCOMES, type Outcome } from '../core/index.ts';
import { FINGERPRINT_FIELDS, type Fingerprint } from './fingerprint.ts';
import type { BucketCounts } from './log-buckets.ts';
import type { ArrivalBlock, CallBlock, RunDigest } from './run-digest.ts';

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
export const BASELINE_VERSION = 1;

const ABOUT =
  'Made by callgauge baseline. Bucket i of response holds times around bucketRatio^i ns.';

/**
 * Returns a run's digest as the text of a baseline file, with a line end: JSON, a line for each
 * block of time, so that a repository shows what changed.
 */
export function printBaseline(digest: RunDigest): string {
  const { runId, scenario, startedEpochMs, harnessVersion, environment, bucketRatio } = digest;
  const head = {
    callgauge: 'baseline',
    version: BASELINE_VERSION,
    about: ABOUT,
    run: {
      id: runId,
      startedAt: new Date(startedEpochMs).toISOString(),
      callgauge: harnessVersion,
    },
    scenario,
    environment,
    bucketRatio,
  };
  const phases = digest.phases.map(({ name, model, ranNs, blocks }) => ({
    own: { name, model, ranNs },
    lists: [['blocks', blocks] as const],
  }));
  const steps = digest.steps.map(({ step, phase, blocks }) => ({
    own: { step, phase },
    lists: [['blocks', blocks.map(blockJson)] as const],
  }));
  const fields = Object.entries(head).map(([key, value]) => field(key, value));
  const lines = [...fields, `"phases": ${listText(phases)}`, `"steps": ${listText(steps)}`];
  return `{\n${lines.map((line) => `  ${line}`).join(',\n')}\n}\n`;
}

function blockJson({ stretch, seconds, outcomes, response, cutOff }: CallBlock): unknown {
  return {
    stretch,
    seconds,
    outcomes,
    response: Object.fromEntries(response),
    ...(cutOff.size === 0 ? {} : { cutOff: Object.fromEntries(cutOff) }),
  };
}

interface Printed {
  readonly own: Readonly<Record<string, unknown>>;
  readonly lists: readonly (readonly [key: string, items: readonly unknown[]])[];
}

/** Of each object a line for each field, and for each item of its lists. */
function listText(items: readonly Printed[]): string {
  const texts = items.map(({ own, lists }) => {
    const fields = Object.entries(own).map(([key, value]) => field(key, value));
    const listed = lists.map(([key, list]) => {
      const lines = list.map((item) => `\n        ${JSON.stringify(item)}`);
      return `${JSON.stringify(key)}: [${lines.join(',')}\n      ]`;
    });
    return `\n    {\n${[...fields, ...listed].map((line) => `      ${line}`).join(',\n')}\n    }`;
  });
  return `[${texts.join(',')}\n  ]`;
}

function field(key: string, value: unknown): string {
  return `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
}

const NO_BASELINE_HINT = `Name another file, or make one: ${makingOf('baseline.json')}.`;

/** A file that is something else, a scenario say, is not to be written over. */
function isOther(path: string): boolean {
  return path === '' || path === 'callgauge';
}

function makingOf(file: string): string {
  return `callgauge baseline RUN > ${file}`;
}

/**
 * Returns the digest of a baseline file's text.
 * @param file its name, for messages
 * @throws BASELINE_UNREADABLE for a text that is no baseline, or of another version
 */
export function readBaseline(text: string, file: string): RunDigest {
  const json = JsonValue.parse(
    text,
    ({ path, wanted, got }) =>
      new HarnessError(
        'BASELINE_UNREADABLE',
        `${path === '' ? 'a baseline' : path} must be ${wanted}, got ${got} (${file})`,
        { hint: isOther(path) ? NO_BASELINE_HINT : `Make the file anew: ${makingOf(file)}.` },
      ),
  );
  json.get('callgauge').oneOf(['baseline']);
  const version = json.get('version').number();
  if (version !== BASELINE_VERSION) {
    throw new HarnessError(
      'BASELINE_UNREADABLE',
      `the baseline has version ${version}, and this callgauge reads version ${BASELINE_VERSION} (${file})`,
      {
        hint:
          version > BASELINE_VERSION
            ? 'Use the callgauge that wrote it, or a newer one.'
            : `Make the file anew: ${makingOf(file)}.`,
      },
    );
  }
  const run = json.get('run');
  return {
    runId: run.get('id').text(),
    scenario: json.get('scenario').text(),
    startedEpochMs: Date.parse(run.get('startedAt').textThat(isTime, 'a time in ISO 8601')),
    harnessVersion: run.get('callgauge').text(),
    environment: readFingerprint(json.get('environment')),
    bucketRatio: json
      .get('bucketRatio')
      .numberThat((value) => value > 1 && value <= 2, 'a number above 1, at most 2'),
    phases: json.get('phases').list((phase) => ({
      name: phase.get('name').text(),
      model: phase.get('model').oneOf(['open', 'closed']),
      ranNs: phase.get('ranNs').numberThat((value) => value >= 0, 'a time in ns, >= 0'),
      blocks: phase.get('blocks').list(readArrivals),
    })),
    steps: json.get('steps').list((step) => ({
      step: step.get('step').text(),
      phase: step.get('phase').text(),
      blocks: step.get('blocks').list(readBlock),
    })),
  };
}

function isTime(text: string): boolean {
  return Number.isFinite(Date.parse(text));
}

/** Fields that this version does not know are of a newer one. */
function readFingerprint(json: JsonValue): Fingerprint {
  const known = FINGERPRINT_FIELDS.filter((name) => json.has(name));
  return Object.fromEntries(known.map((name) => [name, json.get(name).text()]));
}

function readArrivals(json: JsonValue): ArrivalBlock {
  return {
    stretch: json.get('stretch').text(),
    seconds: readCount(json.get('seconds')),
    arrivals: readCount(json.get('arrivals')),
    dropped: readCount(json.get('dropped')),
  };
}

function readBlock(json: JsonValue): CallBlock {
  const outcomes = json.get('outcomes');
  const known = OUTCOMES.filter((outcome: Outcome) => outcomes.has(outcome));
  return {
    stretch: json.get('stretch').text(),
    seconds: readCount(json.get('seconds')),
    outcomes: Object.fromEntries(
      known.map((outcome) => [outcome, readCount(outcomes.get(outcome))]),
    ),
    response: readBuckets(json.get('response')),
    cutOff: json.has('cutOff') ? readBuckets(json.get('cutOff')) : new Map(),
  };
}

/** More than a day, whatever the ratio. */
const BUCKET_MAX = 1_000_000;

function readBuckets(json: JsonValue): BucketCounts {
  const entries = json.entries(readCount).map(([key, count]) => {
    const index = /^\d{1,7}$/u.test(key) ? Number(key) : NaN;
    if (!(index <= BUCKET_MAX)) json.fail(`an object by the numbers of buckets, not ${key}`);
    return [index, count] as const;
  });
  return new Map(entries.sort(([a], [b]) => a - b));
}

function readCount(json: JsonValue): number {
  return json.numberThat(
    (value) => Number.isSafeInteger(value) && value >= 0,
    'a whole number >= 0',
  );
}
