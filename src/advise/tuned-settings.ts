import {
  counted,
  formatCount,
  formatDuration,
  formatRatio,
  msFromNs,
  NS_PER_MS,
  type Ns,
} from '../core/index.ts';
import type { RecommendedTimeout, RefusedTimeout, TimeoutRecommendation } from './advice.ts';
import { longestWaitsNs, type CallPolicy } from './call-policy.ts';
import { protectionSettings } from './protection-settings.ts';
import type { EdgeTuning, RetryAdvice, TunedSetting } from './tuning.ts';
import { unseenText } from './unseen-tail.ts';

/** A timeout that cuts off more good attempts than that is told, and in no policy. */
export const SUCCESS_MIN = 99;

type Told = Omit<EdgeTuning, 'settings'>;

/** Beside the edge: what its numbers were taken from. */
export interface TuningBasis {
  readonly runCount: number;
  /** Whether the runs' medians differ by more than chance explains. */
  readonly differs: boolean;
  readonly deadlineNs: Ns | undefined;
}

/** Returns each part of what is recommended for an edge in words: what, from what, at what cost. */
export function tunedSettings(edge: Told, basis: TuningBasis): readonly TunedSetting[] {
  const { policy } = edge;
  return [
    ...timeoutSettings(edge, basis),
    connectSetting(edge),
    ...(policy === undefined
      ? [attemptsSetting(edge, undefined)]
      : [
          attemptsSetting(edge, policy),
          againSetting(edge.retries),
          ...(policy.attempts > 1 ? waitSettings(edge, policy) : []),
          totalSetting(policy, basis),
          ...aboveSettings(edge, policy),
          ...budgetSettings(edge),
          loadSetting(edge, policy),
          ...(edge.protection === undefined
            ? []
            : protectionSettings(edge.protection, policy.retryOn === 'transient')),
        ]),
  ];
}

/** Returns `82 ms`, `1300 ms`, `12 s`: as it goes into a configuration. */
export function timeoutText(ns: Ns): string {
  const ms = msFromNs(ns);
  return ms < 10_000 ? `${Number(ms.toFixed(3))} ms` : `${Number((ms / 1_000).toFixed(3))} s`;
}

function timeoutSettings(
  { advice, bestBound, byServer }: Told,
  { runCount, differs }: TuningBasis,
): readonly TunedSetting[] {
  const runs = runCount > 1 ? ` in ${runCount} runs` : '';
  const mixture = differs ? '; the runs differ, and it is for their mixture' : '';
  const server = byServer ? ', as their servers saw them: the network comes on top' : '';
  const sampleText = `${formatCount(advice.n)} attempts${runs}${server}${mixture}`;
  const wanted = advice.timeouts.filter(({ successPercent }) => successPercent >= 99.9);
  const all: readonly TimeoutRecommendation[] = bestBound ? [bestBound, ...wanted] : wanted;
  return all.map((timeout) => {
    const isBest = timeout === bestBound;
    const name = isBest ? 'best bound' : `attempt timeout ${timeout.successPercent}%`;
    if (advice.n === 0 && advice.failed > 0) return noneGoodSetting(name, advice.failed);
    return timeout.kind === 'refused'
      ? refusedSetting(name, timeout, 'attempts')
      : timeoutSetting(name, timeout, { sampleText, isBest });
  });
}

function noneGoodSetting(name: string, failed: number): TunedSetting {
  return {
    name,
    value: 'not known',
    restsOn: `none of ${counted(failed, 'attempt')} went well, and a timeout is of those that do`,
    costs: '',
    changedBy: 'a time in which the callee answers',
  };
}

function timeoutSetting(
  name: string,
  timeout: RecommendedTimeout,
  { sampleText, isBest }: { readonly sampleText: string; readonly isBest: boolean },
): TunedSetting {
  const { successPercent, timeoutNs, upperBoundNs, grade, unseen } = timeout;
  const doubt = unseen ? `; ${unseenText(timeout, unseen)}` : '';
  return {
    name,
    value: isBest
      ? `${timeoutText(timeoutNs)}: p${successPercent} is what the sample bounds best`
      : timeoutText(timeoutNs),
    restsOn: `p${successPercent} ≤ ${formatDuration(upperBoundNs)} with 95% probability, grade ${grade}, by ${sampleText}${doubt}`,
    costs: `1 good attempt in ${formatCount(100 / (100 - successPercent))} is cut off at the most${successPercent < SUCCESS_MIN ? ', too many for a policy' : ''}`,
    changedBy: unseen
      ? 'a run in which attempts are waited for longer: a longer timeout, no hedges'
      : isBest
        ? 'a longer run'
        : 'another load, or another release of the callee',
  };
}

function refusedSetting(
  name: string,
  { reason, neededN, neededIsBound, neededNs }: RefusedTimeout,
  what: string,
): TunedSetting {
  const upTo = neededIsBound ? 'up to ' : '';
  const howLong = neededNs > 0 ? `, ${formatDuration(neededNs)} at this rate` : '';
  const texts = {
    sample: ['too few to know', `${upTo}${formatCount(neededN)} ${what} are needed${howLong}`, ''],
    censored: [
      'cut off too often to know',
      'attempts that ended at the present timeout',
      'a run with a longer timeout',
    ],
    spans: [
      'not known',
      'spans of the services are missing, and not by chance',
      'a run that waits for all spans',
    ],
  } as const;
  const [value, restsOn, changedBy] = texts[reason];
  return { name, value, restsOn, costs: '', changedBy };
}

function connectSetting({ kind, connect, policy }: Told): TunedSetting {
  const name = 'connect timeout';
  const costs =
    'a lost SYN, sent anew after 1 s, is given up; trying again is safe, nothing was sent';
  if (connect?.timeout.kind === 'recommended') {
    const { timeoutNs, upperBoundNs, grade, successPercent } = connect.timeout;
    const restsOn = `p${successPercent} ≤ ${formatDuration(upperBoundNs)}, grade ${grade}, by ${formatCount(connect.n)} connections`;
    return {
      name,
      value: timeoutText(timeoutNs),
      restsOn,
      costs,
      changedBy: 'a network farther away, another TLS set-up',
    };
  }
  const missing =
    kind === 'service'
      ? 'spans do not tell how long connecting took'
      : refusedSetting(name, connect?.timeout ?? NO_CONNECTS, 'connections').restsOn;
  return {
    name,
    value: policy ? `${timeoutText(policy.connectTimeoutNs)}, a guess` : 'not known',
    restsOn: `not measured: ${missing}`,
    costs: policy ? costs : '',
    changedBy: policy ? 'a run that opens many connections' : '',
  };
}

const NO_CONNECTS: RefusedTimeout = {
  kind: 'refused',
  successPercent: 99.9,
  tailCount: 0,
  reason: 'sample',
  neededN: 3_000,
  neededIsBound: false,
  neededNs: 0,
};

function attemptsSetting({ retries }: Told, policy: CallPolicy | undefined): TunedSetting {
  const { attempts, retryOn } = policy ?? { attempts: 1, retryOn: 'nothing' };
  const values = {
    nothing: '1: no retries',
    connect: `${attempts}, only where no connection came about`,
    transient: `${attempts}, after any failure that may pass`,
  } as const;
  const { failureRatio, failureUpper } = retries;
  const failing = `${formatRatio(failureRatio)} of attempts fail outside faults, ${formatRatio(failureUpper)} at most`;
  const extra = policy && retryOn === 'transient' ? expectedExtra(retries, policy) : undefined;
  return {
    name: 'attempts',
    value: policy ? values[retryOn] : 'not before an attempt timeout is known',
    restsOn: `${reasonText(retries)}; ${failing}`,
    costs:
      extra === undefined
        ? retryOn === 'connect'
          ? 'no work for the callee: nothing was sent'
          : ''
        : `${formatRatio(extra)} more attempts when all is well, ${attempts} times as many when all fail`,
    changedBy: changesOf(retries),
  };
}

/** f + f c + ... for A - 1 retries, c being how often it fails again. */
function expectedExtra(
  { failureUpper, again }: RetryAdvice,
  { attempts }: Pick<CallPolicy, 'attempts'>,
): number {
  const c = again.retried > 0 ? again.upper : 1;
  return Array.from({ length: attempts - 1 }, (_, i) => failureUpper * c ** i).reduce(
    (sum, part) => sum + part,
    0,
  );
}

function reasonText({ reason, overload, idempotence }: RetryAdvice): string {
  switch (reason) {
    case 'overload':
      return `overload: ${overload ?? ''}; more of the same work would keep it there`;
    case 'fails-again':
      return 'an attempt after a failed one fails too, more often than not';
    case 'not-idempotent':
      return idempotence === 'no'
        ? 'the method is not idempotent, so what was done once might be done twice'
        : 'nothing says that the operation may be repeated';
    case 'deadline':
      return 'two attempts take longer than the call may';
    case 'helps':
      return 'an attempt after a failed one goes well, more often than not';
    case 'may-help':
      return idempotence === 'told'
        ? 'you say that it may be repeated, and nothing says that it would not help'
        : 'the method is idempotent, and nothing says that it would not help';
  }
}

function changesOf({ reason }: RetryAdvice): string {
  switch (reason) {
    case 'overload':
      return 'more capacity, or less load';
    case 'not-idempotent':
      return 'an idempotency key: --idempotent OPERATION';
    case 'deadline':
      return 'a later deadline, or a shorter tail';
    case 'fails-again':
    case 'helps':
    case 'may-help':
      return 'failures that come together';
  }
}

function againSetting({ again }: RetryAdvice): TunedSetting {
  const { retried, failedAgain, lower, upper, verdict } = again;
  const values = {
    'never-seen': 'not known',
    undecided: 'not decided',
    helps: 'yes',
    'fails-again': 'no',
  } as const;
  return {
    name: 'do retries help?',
    value: values[verdict],
    restsOn:
      verdict === 'never-seen'
        ? 'no stored call of this edge was sent again after it had failed'
        : `P(fail2|fail1): of ${formatCount(retried)} stored attempts after a failed one ${formatCount(failedAgain)} failed too, ${formatRatio(lower)} to ${formatRatio(upper)}`,
    costs: '',
    changedBy:
      verdict === 'helps' || verdict === 'fails-again'
        ? ''
        : 'spans of a caller that does retry, under a fault',
  };
}

function waitSettings(
  { retries, ratePerSec }: Told,
  { backoff, attempts, budget, retryOn }: CallPolicy,
): readonly TunedSetting[] {
  const waits = longestWaitsNs(backoff, attempts).map((ns) => timeoutText(ns));
  return [
    {
      name: 'backoff',
      value: `base ${timeoutText(backoff.baseNs)}, cap ${timeoutText(backoff.capNs)}, full jitter: at most ${waits.join(', ')}`,
      restsOn: 'the median of an attempt, 10 ms at least',
      costs: 'time of the call that failed',
      changedBy: 'a callee that takes longer to come back',
    },
    ...(retryOn === 'transient'
      ? [
          {
            name: 'retry budget',
            value: `${percentText(budget.ratio)} of calls, and ${budget.minPerSec}/s`,
            restsOn: `3 times what fails when all is well (${formatRatio(retries.failureUpper)} at most), 5% at least, 20% at most`,
            costs: `${percentText(budget.ratio + Math.min(1, budget.minPerSec / ratePerSec))} more load while the callee fails, in place of ${attempts} times as much`,
            changedBy: 'the failures of a healthy day',
          },
        ]
      : []),
  ];
}

function percentText(ratio: number): string {
  return `${Number((ratio * 100).toFixed(1))}%`;
}

function totalSetting(policy: CallPolicy, { deadlineNs }: TuningBasis): TunedSetting {
  const { attempts, attemptTimeoutNs, connectTimeoutNs, totalTimeoutNs, retryOn } = policy;
  const waits = attempts > 1 ? `, and the waits` : '';
  const parts =
    retryOn === 'connect'
      ? `${attempts - 1} × ${timeoutText(connectTimeoutNs)} to connect, ${timeoutText(attemptTimeoutNs)} for the attempt${waits}`
      : `${attempts} × ${timeoutText(attemptTimeoutNs)}${waits}`;
  const isGiven = totalTimeoutNs === deadlineNs;
  return {
    name: 'total deadline',
    value: timeoutText(totalTimeoutNs),
    restsOn: isGiven ? `the deadline that was given; ${parts}` : parts,
    costs: 'so long a caller waits for a failure at most',
    changedBy: 'what the caller of the caller waits: --deadline',
  };
}

function aboveSettings(
  { deadlineAbove: above }: Told,
  { totalTimeoutNs }: CallPolicy,
): readonly TunedSetting[] {
  if (above === undefined) return [];
  const { caller, callee, operation, attemptTimeoutNs, passedByNs } = above;
  const limit = `${timeoutText(attemptTimeoutNs)} of ${caller} → ${callee}  ${operation}`;
  const isPassed = passedByNs > 0;
  return [
    {
      name: 'deadline above',
      value: isPassed
        ? `passed: ${timeoutText(totalTimeoutNs)} is more than the ${limit}`
        : `kept: within the ${limit}`,
      restsOn: 'the longest that a call of which this one is a part is waited for',
      costs: isPassed ? `${timeoutText(passedByNs)} of work that nobody waits for any more` : '',
      changedBy: isPassed
        ? 'deadlines that are handed on, fewer attempts, or a longer timeout above'
        : '',
    },
  ];
}

function budgetSettings({ deadlineBudget: budget }: Told): readonly TunedSetting[] {
  if (budget === undefined) return [];
  const { attemptTimeoutNs, neededNs, localNs, calls, passedByNs, longest, unknown } = budget;
  const parts = [
    `${timeoutText(roundMs(localNs))} of the callee's own work (p99.9)`,
    ...calls.map((call) => `${timeoutText(call.totalTimeoutNs)} for ${callText(call)}`),
    ...(unknown.length > 0 ? [`no timeout is known of ${unknown.map(callText).join(', ')}`] : []),
  ];
  const has = timeoutText(attemptTimeoutNs);
  const needs = timeoutText(roundMs(neededNs));
  const isPassed = passedByNs > 0;
  return [
    {
      name: 'deadline below',
      value: isPassed
        ? `passed: what is done for it may take ${needs}, and ${has} are waited for`
        : `kept: what is done for it takes ${needs} at most, within ${has}`,
      restsOn: `calls one after another add up, of those beside each other the longest counts: ${parts.join(', then ')}`,
      costs: isPassed
        ? `${timeoutText(roundMs(passedByNs))} of work that nobody waits for any more, most of it for ${longest ? callText(longest) : 'the callee itself'}`
        : '',
      changedBy: isPassed ? `deadlines that are handed on, less time below, or ${needs} here` : '',
    },
  ];
}

function callText({ callee, operation }: { readonly callee: string; readonly operation: string }) {
  return `${callee === '' ? '(unknown)' : callee} ${operation}`;
}

function roundMs(ns: Ns): Ns {
  return Math.ceil(ns / NS_PER_MS) * NS_PER_MS;
}

function loadSetting({ worstLoad }: Told, { retryOn, attempts: most }: CallPolicy): TunedSetting {
  const { path, attempts, withBudgets } = worstLoad;
  const own = retryOn === 'transient' ? most : 1;
  const budgets = withBudgets > 1 ? `, ${withBudgets.toFixed(2)} with the budgets` : '';
  return {
    name: 'worst load',
    value: `${attempts} attempts for a call from outside${budgets}`.replace(
      /^1 attempts/u,
      '1 attempt',
    ),
    restsOn: `the product over ${path.join(' → ')}`,
    costs: '',
    changedBy: attempts > own ? 'retries in one layer alone' : '',
  };
}
