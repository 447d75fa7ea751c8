import { formatDuration, pathText, type Ns } from '../../core/index.ts';
import { longestWaitNs } from '../../resilience/index.ts';
import { NO_POLICY, type PolicyFile } from '../file/policy.ts';
import { FAILURES } from '../file/retry.ts';
import type { ScenarioFile } from '../file/scenario-file.ts';
import { allEntriesIn, type EntryAt } from '../flow-entries.ts';
import { okStatusesOf } from '../flow-from-file.ts';
import { isStatusOf, policyInUse, type PolicyInUse } from '../policy-from-file.ts';
import { namesText, seenText, type Path, type Problem } from '../problem.ts';
import { kindsOfStep, TIMEOUT_DEFAULT_NS, type ProtocolKind } from '../protocols/index.ts';
import { ownValue } from '../select.ts';
import { runsIn } from './threshold-checks.ts';
import { kindOfTarget } from '../target-protocol.ts';

/** A step that has a policy. */
interface Use {
  readonly at: EntryAt;
  readonly kind: ProtocolKind;
  readonly policy: PolicyInUse;
}

/** Returns a problem for every policy that contradicts itself, its steps or its targets. */
export function policyProblems(file: ScenarioFile): Problem[] {
  const uses = allEntriesIn(file).flatMap((at): Use[] => {
    const policy = policyInUse(at, file);
    const [kind] = kindsOfStep(at.entry);
    return policy && kind ? [{ at, kind, policy }] : [];
  });
  return [
    ...unusedPolicies(file),
    ...policiesIn(file).flatMap(({ policy, path }) => [
      ...timesApart(policy, path),
      ...failuresOfNone(policy, path, usesOf(path, uses)),
      ...onlyEndpoint(policy, path, usesOf(path, uses), file),
    ]),
    ...uses.flatMap((use) => [
      ...madeTwice(use),
      ...timesOfStep(use),
      ...streamCutOff(use),
      ...fallbackOfOther(use),
      ...usersOfNone(use, file),
    ]),
    ...healthWithoutPaths(file),
  ];
}

interface PolicyAt {
  readonly policy: PolicyFile;
  readonly path: Path;
}

/** Returns every policy of the file where it is written, in file order. */
function policiesIn(file: ScenarioFile): readonly PolicyAt[] {
  const inline = (policy: string | PolicyFile | undefined, path: Path): PolicyAt[] =>
    typeof policy === 'object' ? [{ policy, path: [...path, 'policy'] }] : [];
  return [
    ...Object.entries(file.policies).map(([name, policy]) => ({
      policy,
      path: ['policies', name],
    })),
    ...Object.entries(file.targets).flatMap(([name, { policy }]) =>
      inline(policy, ['targets', name]),
    ),
    ...allEntriesIn(file).flatMap(({ entry, path }) => inline(entry.policy, path)),
  ];
}

function usesOf(path: Path, uses: readonly Use[]): readonly Use[] {
  const key = pathText(path);
  return uses.filter(({ policy }) => pathText(policy.path) === key);
}

/** A policy that nothing names would change nothing, and nobody would notice. */
function unusedPolicies(file: ScenarioFile): Problem[] {
  const used = new Set([
    ...Object.values(file.targets).map(({ policy }) => policy),
    ...allEntriesIn(file).map(({ entry }) => entry.policy),
  ]);
  return Object.keys(file.policies).flatMap((name): Problem[] => {
    if (used.has(name)) return [];
    const message = `no target and no step has policy "${name}": it would change nothing`;
    const hint = `Write policy: ${name} under a target or a step, or remove it.`;
    return [{ path: ['policies', name], part: 'key', message, hint }];
  });
}

/** Times of a policy of which one leaves no room for another. */
function timesApart(policy: PolicyFile, at: Path): Problem[] {
  const { totalTimeout = Infinity, attemptTimeout = Infinity, retry, hedge, breaker } = policy;
  const problems: Problem[] = [];
  const say = (key: readonly string[], wanted: string, got: Ns, hint: string): void => {
    const message = `${key.at(-1)} must be ${wanted}, got ${formatDuration(got)}`;
    problems.push({ path: [...at, ...key], part: 'value', message, hint });
  };
  const ofTotal = `the totalTimeout (${formatDuration(totalTimeout)})`;
  if (policy.attemptTimeout !== undefined && attemptTimeout > totalTimeout) {
    const hint = 'Shorten attemptTimeout, or lengthen totalTimeout: a call holds all its attempts.';
    say(['attemptTimeout'], `at most ${ofTotal}`, attemptTimeout, hint);
  }
  if (retry) {
    const waitsNs = longestWaitsNs(retry);
    if (waitsNs >= totalTimeout) {
      const message = `backoff must leave time for attempts within ${ofTotal}: the longest waits between ${retry.attempts} attempts sum to ${formatDuration(waitsNs)}`;
      const hint = 'Lower its base or cap, make fewer attempts, or lengthen totalTimeout.';
      problems.push({ path: [...at, 'retry'], part: 'key', message, hint });
    }
  }
  const { after } = hedge ?? {};
  if (after && 'delayNs' in after) {
    const bound = Math.min(attemptTimeout, totalTimeout);
    const which = bound === attemptTimeout ? 'attemptTimeout' : 'totalTimeout';
    if (after.delayNs >= bound) {
      const wanted = `less than the ${which} (${formatDuration(bound)})`;
      say(['hedge', 'after'], wanted, after.delayNs, 'Hedge earlier: by then the attempt is over.');
    }
  }
  if (breaker?.slow !== undefined && breaker.slow >= attemptTimeout) {
    const wanted = `less than the attemptTimeout (${formatDuration(attemptTimeout)})`;
    const hint = 'Lower slow: an attempt that takes so long has failed already.';
    say(['breaker', 'slow'], wanted, breaker.slow, hint);
  }
  return problems;
}

/** The waits of a call all of whose attempts fail, each as long as it may be. */
function longestWaitsNs({ attempts, backoff }: NonNullable<PolicyFile['retry']>): Ns {
  const { base: baseNs, cap: capNs, jitter } = backoff;
  return Array.from({ length: attempts - 1 }, (_, i) =>
    longestWaitNs({ baseNs, capNs, jitter }, i + 1),
  ).reduce((sumNs, waitNs) => sumNs + waitNs, 0);
}

/** A status to retry on that no step can fail with. */
function failuresOfNone({ retry }: PolicyFile, at: Path, uses: readonly Use[]): Problem[] {
  if (retry?.on === undefined || uses.length === 0) return [];
  return retry.on.flatMap((one, i): Problem[] => {
    if (FAILURES.some((known) => known === one)) return [];
    const able = uses.filter(({ kind }) => isStatusOf(one, kind));
    if (able.some((use) => !isOkAt(one, use))) return [];
    const [first] = uses;
    const wanted =
      able.length > 0
        ? 'must be a status that fails a step with this policy: all count it as ok'
        : `must be a status of ${first?.kind.title}, which the steps with this policy speak`;
    const message = `on[${i}] ${wanted}, got ${seenText(one)}`;
    const hint = 'Name the statuses after which the call is to be made again, or remove it.';
    return [{ path: [...at, 'retry', 'on', i], part: 'value', message, hint }];
  });
}

function isOkAt(written: string | number, { at, kind }: Use): boolean {
  const { from, to } = kind.statuses.rangeOf(written);
  return okStatusesOf(at.entry, kind).some((ok) => ok.from <= from && to <= ok.to);
}

/** A retry that is to go elsewhere where there is nowhere else. */
function onlyEndpoint(
  { retry }: PolicyFile,
  at: Path,
  uses: readonly Use[],
  { targets }: ScenarioFile,
): Problem[] {
  const hasOthers = uses.some(({ at: { entry } }) => {
    return ownValue(targets, entry.target ?? '')?.endpoints !== undefined;
  });
  if (retry?.otherEndpoint !== true || hasOthers || uses.length === 0) return [];
  const names = [...new Set(uses.map(({ at: { entry } }) => entry.target ?? ''))];
  const message = `otherEndpoint must have endpoints to go to: ${namesText(names)} has one, got true`;
  const hint = 'Add endpoints: [URL] to the target, or remove otherEndpoint.';
  return [{ path: [...at, 'retry', 'otherEndpoint'], part: 'value', message, hint }];
}

/** A call that may be made twice although that may do twice as much. */
function madeTwice(use: Use): Problem[] {
  const { at, kind, policy } = use;
  const { retry, hedge, idempotent } = policy.file;
  const call = at.entry[kind.name as keyof typeof at.entry];
  if (idempotent ?? kind.policy.isIdempotent(call)) return [];
  const isOfConnect = retry?.on?.every((one) => one === 'connect') ?? false;
  const does = [
    ...(retry && !isOfConnect ? ['retries it after more than connect'] : []),
    ...(hedge ? ['hedges it'] : []),
  ];
  if (does.length === 0) return [];
  const method = kind.policy.methodOf(call);
  const got = idempotent === false ? 'idempotent: false' : method;
  const message = `step "${at.entry.step}" must be idempotent beside ${policy.called}, which ${does.join(' and ')}, got ${got}`;
  const hint = `Write idempotent: true in the policy where doing it twice does no harm; else ${hedge ? 'no hedge and ' : ''}retry: { on: [connect] }, or policy: ${NO_POLICY} at this step.`;
  return [{ ...placeOf(use), message, hint }];
}

/** Where a step says its policy, or that it is one which has its target's. */
function placeOf({ at, policy }: Use): Pick<Problem, 'path' | 'part'> {
  const key = policy.isOwn ? 'policy' : 'step';
  return { path: [...at.path, key], part: policy.isOwn ? 'key' : 'value' };
}

/** The step's own timeout, where the policy has none for an attempt. */
function timesOfStep({ at, kind, policy }: Use): Problem[] {
  const { attemptTimeout, totalTimeout = Infinity, hedge, breaker } = policy.file;
  if (attemptTimeout !== undefined) return [];
  const { timeout, step } = at.entry;
  if (timeout !== undefined && timeout > totalTimeout) {
    const message = `timeout must be at most the totalTimeout of ${policy.called} (${formatDuration(totalTimeout)}), got ${formatDuration(timeout)}`;
    const hint = 'Shorten it: it bounds an attempt, and a call holds all its attempts.';
    return [{ path: [...at.path, 'timeout'], part: 'value', message, hint }];
  }
  const call = at.entry[kind.name as keyof typeof at.entry];
  const boundNs = kind.timeoutNs?.(call, timeout) ?? timeout ?? TIMEOUT_DEFAULT_NS;
  const late = (key: readonly string[], gotNs: Ns | undefined, hint: string): Problem[] => {
    if (gotNs === undefined || gotNs < boundNs) return [];
    const message = `${key.at(-1)} must be less than the timeout of step "${step}" (${formatDuration(boundNs)}), got ${formatDuration(gotNs)}`;
    return [{ path: [...policy.path, ...key], part: 'value', message, hint }];
  };
  const delayNs = hedge && 'delayNs' in hedge.after ? hedge.after.delayNs : undefined;
  return [
    ...late(['hedge', 'after'], delayNs, 'Hedge earlier: by then the attempt is over.'),
    ...late(['breaker', 'slow'], breaker?.slow, 'Lower slow: such an attempt has failed already.'),
  ];
}

/** A stream that is to last longer than an attempt may. */
function streamCutOff(use: Use): Problem[] {
  const { at, kind, policy } = use;
  const { attemptTimeout, totalTimeout } = policy.file;
  const boundNs = Math.min(attemptTimeout ?? Infinity, totalTimeout ?? Infinity);
  if (boundNs === Infinity) return [];
  const call = at.entry[kind.name as keyof typeof at.entry];
  // What is wrong by the step alone was told of by its shape.
  const issues = kind.check?.(call, boundNs) ?? [];
  const which = boundNs === attemptTimeout ? 'attemptTimeout' : 'totalTimeout';
  return issues.map(({ key }) => ({
    path: [...at.path, kind.name, key],
    part: 'value',
    message: `${key} must be shorter than the ${which} of ${policy.called}, got ${formatDuration(boundNs)} for that`,
    hint: `Lengthen ${which}, or shorten ${key}.`,
  }));
}

/** An answer in place of a failure that is none of the step's protocol, or a failure itself. */
function fallbackOfOther(use: Use): Problem[] {
  const { at, kind, policy } = use;
  const { fallback } = policy.file;
  if (!fallback) return [];
  const step = `step "${at.entry.step}"`;
  const say = (key: string, wanted: string, hint: string): Problem[] => {
    const got = seenText(fallback[key as keyof typeof fallback]);
    const message = `${key} ${wanted}, got ${got}`;
    return [{ path: [...policy.path, 'fallback', key], part: 'value', message, hint }];
  };
  const { status, body } = fallback;
  if (body !== undefined && kind.policy.answersJson) {
    const hint = 'Write json: the message, as captures read it.';
    return say('body', `must be left out: the answers of ${step} are messages`, hint);
  }
  if (status === undefined) return [];
  if (!isStatusOf(status, kind)) {
    const hint =
      'Leave it out for what each protocol calls ok, or give the step a policy of its own.';
    return say('status', `must be a status of ${kind.title}, which ${step} speaks`, hint);
  }
  if (isOkAt(status, use)) return [];
  const hint = 'A fallback stands in for a failure: give a status that the step takes, or none.';
  return say('status', `must be one that ${step} counts as ok`, hint);
}

/** A limit for each virtual user where there are none: all arrivals would share it. */
function usersOfNone(use: Use, file: ScenarioFile): Problem[] {
  const { step = '' } = use.at.entry;
  if (use.policy.file.rateLimit?.by !== 'user') return [];
  // A saturated phase takes no policy at all.
  const phases = file.load.filter((one) => !one.saturate && runsIn(file, step, one.phase));
  const without = phases.find(({ users }) => users === undefined);
  if (without === undefined) return [];
  const message = `step "${step}" must run in phases with users alone beside ${use.policy.called}, whose rate limit is by: user, got phase "${without.phase}", all of whose arrivals would share one bucket`;
  const hint = 'Write users: 50 in the phase, or by: all in the limit.';
  return [{ ...placeOf(use), message, hint }];
}

/** Health is asked for with a GET. */
function healthWithoutPaths(file: ScenarioFile): Problem[] {
  return Object.entries(file.targets).flatMap(([name, { health }]): Problem[] => {
    const kind = kindOfTarget(name, file);
    if (!health?.active || kind.policy.hasPaths) return [];
    const message = `active asks for a path, and the target "${name}" speaks ${kind.title}`;
    const hint = 'Use passive: { outAfter: 5, outFor: 30s }.';
    return [{ path: ['targets', name, 'health', 'active'], part: 'key', message, hint }];
  });
}
