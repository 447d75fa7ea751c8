import { NS_PER_SEC, type Ns } from '../../core/index.ts';
import type { Breaker } from '../protection.ts';
import { besideOf, Defaults, numberOf, policyInUse } from './in-use.ts';
import { unsaidLines } from './protection-lines.ts';
import { moduleText, readModule } from './module-file.ts';
import { at, entriesAt } from './read-object.ts';
import type { Stack, StackExport, StackPolicy } from './stack.ts';
import { msText, readNs, wholeMs } from './stack-units.ts';

const CANNOT = [
  'Use: new CircuitBreaker(action, options[KEY]). opossum makes no retries: a call is one attempt. A timeout does not stop the action: hand it a signal of its own.',
  'Without volumeThreshold the first failure would open a breaker. Where none is recommended it has presets: 50% failing of 20 calls, 60 s until it is tried again.',
];

const PRESET = {
  errorThresholdPercentage: 50,
  volumeThreshold: 20,
  resetTimeout: 60_000,
  rollingCountTimeout: 10_000,
};

const CODE = `/** Refusals by capacity are no failures of the callee. */
function errorFilter(error) {
  return error?.code === 'ESEMLOCKED';
}

export const options = Object.fromEntries(
  Object.entries(settings).map(([key, own]) => [key, { ...own, errorFilter }]),
);
`;

/** A module with options; a call is one attempt. */
export const OPOSSUM: Stack = {
  name: 'opossum',
  title: 'opossum',
  reads: 'JSON with the options of a breaker for each callee',
  ...{ write, read },
};

function write(wanted: StackExport): string {
  return moduleText(wanted, {
    head: [...wanted.about, ...CANNOT],
    imports: '',
    settingsOf: ({ policy, protection }) => ({
      timeout: wholeMs(policy.attemptTimeoutNs),
      ...(protection?.breaker ? breakerOf(protection.breaker) : PRESET),
      ...(protection && { capacity: protection.bulkhead.concurrent }),
    }),
    linesOf: ({ policy, ...edge }) => [
      ...unsaidLines({ policy, ...edge }, 'opossum', ['hedge', 'rate limit']),
      `connect ${msText(policy.connectTimeoutNs)}: of the client`,
      ...(policy.attempts > 1
        ? [
            `${policy.attempts} attempts within ${msText(policy.totalTimeoutNs)} are for what calls the breaker`,
          ]
        : []),
    ],
    code: CODE,
  });
}

/** It opens above the threshold, not at it. */
function breakerOf({ windowCalls, failureRatio, windowNs, sleepNs }: Breaker): typeof PRESET {
  return {
    errorThresholdPercentage: Math.round(failureRatio * 100),
    volumeThreshold: windowCalls,
    resetTimeout: wholeMs(sleepNs),
    rollingCountTimeout: wholeMs(windowNs),
  };
}

const TIMEOUT_NS = 10 * NS_PER_SEC;
const RESET_NS = 30 * NS_PER_SEC;
const BESIDE = ['volumeThreshold', 'rollingCountTimeout', 'rollingPercentilesEnabled', 'enabled'];

/** Options by name: of the callee that they are called after. */
function read(text: string): readonly StackPolicy[] {
  return entriesAt(readModule(text)).flatMap(([key, own]) => {
    if (!entriesAt(own).some(([name]) => OPTIONS.includes(name))) return [];
    const defaults = new Defaults();
    const ms = (name: string): Ns | undefined => readNs(numberOf(at(own, name)));
    const percent = numberOf(at(own, 'errorThresholdPercentage'));
    const policy = policyInUse({
      ...{ key, scope: { callees: [key] } },
      // False is none.
      ...(at(own, 'timeout') !== false && {
        attemptTimeoutNs: defaults.or('attemptTimeoutNs', ms('timeout'), TIMEOUT_NS),
      }),
      concurrent: numberOf(at(own, 'capacity')),
      breakerRatio: defaults.or('breakerRatio', percent, 50) / 100,
      breakerSleepNs: defaults.or('breakerSleepNs', ms('resetTimeout'), RESET_NS),
      ...(defaults.parts.length > 0 && { defaults: defaults.parts }),
      beside: besideOf(BESIDE, (name) => at(own, name)),
    });
    return [policy];
  });
}

const OPTIONS = [
  'errorThresholdPercentage',
  'resetTimeout',
  'volumeThreshold',
  'rollingCountTimeout',
];
