import { counted, HarnessError, JsonValue, OUTCOMES, type Outcome } from '../core/index.ts';
import { FINGERPRINT_FIELDS, type Fingerprint } from './fingerprint.ts';
import { brokenJson } from './broken-json.ts';
import type { BucketCounts } from './log-buckets.ts';
import type { ArrivalBlock, CallBlock, PhaseDigest, RunDigest, StepDigest } from './run-digest.ts';

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
  // Some editors and shells write a byte order mark before the text.
  const json = parsed(text.replace(/^\uFEFF/u, ''), file);
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
  const bucketRatio = json
    .get('bucketRatio')
    .numberThat((value) => value > 1 && value <= 2, 'a number above 1, at most 2');
  // No time is longer than what a number tells exactly.
  const bucketMax = Math.floor(Math.log(Number.MAX_SAFE_INTEGER) / Math.log(bucketRatio)) + 1;
  const phases = readPhases(json.get('phases'));
  return {
    runId: run.get('id').text(),
    scenario: json.get('scenario').text(),
    startedEpochMs: Date.parse(run.get('startedAt').textThat(isTime, 'a time in ISO 8601')),
    harnessVersion: run.get('callgauge').text(),
    environment: readFingerprint(json.get('environment')),
    bucketRatio,
    phases,
    steps: readSteps(json.get('steps'), { phases, bucketMax }),
  };
}

function parsed(text: string, file: string): JsonValue {
  const anew = `the file anew: ${makingOf(file)}.`;
  return JsonValue.parse(text, ({ path, wanted, got }) => {
    const broken = wanted === 'JSON' ? brokenJson(text) : undefined;
    if (broken !== undefined) {
      return new HarnessError('BASELINE_UNREADABLE', `the baseline ${broken.claim} (${file})`, {
        hint: `${broken.remedy} ${anew}`,
      });
    }
    return new HarnessError(
      'BASELINE_UNREADABLE',
      `${path === '' ? 'a baseline' : path} must be ${wanted}, got ${got} (${file})`,
      { hint: isOther(path) ? NO_BASELINE_HINT : `Make ${anew}` },
    );
  });
}

function isTime(text: string): boolean {
  return Number.isFinite(Date.parse(text));
}

/** Fields that this version does not know are of a newer one. */
function readFingerprint(json: JsonValue): Fingerprint {
  const known = FINGERPRINT_FIELDS.filter((name) => json.has(name));
  return Object.fromEntries(known.map((name) => [name, json.get(name).text()]));
}

function readPhases(json: JsonValue): readonly PhaseDigest[] {
  const names = new Set<string>();
  return json.list((phase) => {
    const name = phase.get('name').textThat((one) => !names.has(one), 'a name of one phase');
    names.add(name);
    return {
      name,
      model: phase.get('model').oneOf(['open', 'closed']),
      ranNs: phase.get('ranNs').numberThat((value) => value >= 0, 'a time in ns, >= 0'),
      blocks: phase.get('blocks').list(readArrivals),
    };
  });
}

function readArrivals(json: JsonValue): ArrivalBlock {
  return {
    stretch: json.get('stretch').text(),
    seconds: readCount(json.get('seconds')),
    arrivals: readCount(json.get('arrivals')),
    dropped: readCount(json.get('dropped')),
  };
}

/** What the steps of a file have to agree with. */
interface StepFrame {
  readonly phases: readonly PhaseDigest[];
  readonly bucketMax: number;
}

function readSteps(json: JsonValue, { phases, bucketMax }: StepFrame): readonly StepDigest[] {
  const known = new Set<string>();
  return json.list((one) => {
    const step = one.get('step').text();
    const name = one.get('phase');
    const phase = phases.find((own) => own.name === name.text());
    if (phase === undefined) return name.fail('one of the phases');
    const key = JSON.stringify([step, phase.name]);
    if (known.has(key)) one.get('step').fail(`there once in phase ${phase.name}`);
    known.add(key);
    const blocks = one.get('blocks').list((block) => readBlock(block, bucketMax));
    if (blocks.length !== phase.blocks.length) {
      one
        .get('blocks')
        .fail(`${counted(phase.blocks.length, 'block')}, as phase ${phase.name} has`);
    }
    return { step, phase: phase.name, blocks };
  });
}

function readBlock(json: JsonValue, bucketMax: number): CallBlock {
  const outcomes = json.get('outcomes');
  const known = OUTCOMES.filter((outcome: Outcome) => outcomes.has(outcome));
  const response = readBuckets(json.get('response'), bucketMax);
  const cutOff: BucketCounts = json.has('cutOff')
    ? readBuckets(json.get('cutOff'), bucketMax)
    : new Map();
  for (const [index, count] of cutOff) {
    if (count > (response.get(index) ?? 0)) json.get('cutOff').fail('a part of response');
  }
  return {
    stretch: json.get('stretch').text(),
    seconds: readCount(json.get('seconds')),
    outcomes: Object.fromEntries(
      known.map((outcome) => [outcome, readCount(outcomes.get(outcome))]),
    ),
    response,
    cutOff,
  };
}

function readBuckets(json: JsonValue, bucketMax: number): BucketCounts {
  const entries = json.entries(readCount).map(([key, count]) => {
    const index = /^\d{1,8}$/u.test(key) ? Number(key) : NaN;
    if (!(index <= bucketMax)) {
      json.fail(`an object by the numbers of buckets, 0 to ${bucketMax}, not ${key}`);
    }
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
