import type { Breaker } from '../protection.ts';
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
export const OPOSSUM: Stack = { name: 'opossum', title: 'opossum', write, read };

function write(wanted: StackExport): string {
  return moduleText(wanted, {
    head: [...wanted.about, ...CANNOT],
    imports: '',
    settingsOf: ({ policy, breaker }) => ({
      timeout: wholeMs(policy.attemptTimeoutNs),
      ...(breaker === undefined ? PRESET : breakerOf(breaker)),
    }),
    linesOf: ({ policy }) => [
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

function read(text: string): readonly StackPolicy[] {
  return entriesAt(readModule(text)).flatMap(([key, own]) => {
    const attemptTimeoutNs = readNs(at(own, 'timeout'));
    return attemptTimeoutNs === undefined ? [] : [{ key, attemptTimeoutNs }];
  });
}
