import { counted, formatCount, formatDuration, formatRatio, secFromNs } from '../../core/index.ts';
import type {
  AgainstBaseline,
  Origin,
  Place,
  PlaceDifference,
  PlaceTime,
  Why,
} from '../../why/index.ts';
import { KIND_WORDS, qText } from '../incident/incident-words.ts';
import type { Tone } from '../section.ts';

/** One thing that is found, in words. */
export interface Sentence {
  readonly text: string;
  readonly tone: Tone;
}

/** Returns where a call waits, for people. */
export function placeText({ kind, service, callee, operation, below }: Place): string {
  const under = below === '' ? '' : `, below ${below}`;
  if (kind === 'work') return `${service}  ${operation}${under}`;
  if (kind === 'way') return `${wayText({ service, callee, operation })}${under}`;
  return operation;
}

/** Of a callee that left no span nobody knows the name: the call's own says which it is. */
function wayText({ service, callee, operation }: Pick<Place, 'service' | 'callee' | 'operation'>) {
  return `${service} → ${callee === '' ? operation : `${callee}  ${operation}`}`;
}

/** Returns what sets the bad calls apart, what matters most first. */
export function findings(why: Why): readonly Sentence[] {
  const texts = [
    ...againstTexts(why),
    ...(why.target.bad.kind === 'slow' ? placeTexts(why) : originTexts(why)),
    ...faultTexts(why),
    ...valueTexts(why),
    ...burstTexts(why),
    ...retryTexts(why),
  ];
  const tone = why.state === 'explained' ? 'plain' : 'faint';
  return [...stateTexts(why), ...texts.map((text) => ({ text, tone }) as const)];
}

/** Returns how many calls are bad, and how bad they are. */
export function headline({ target, bad, good }: Why): string {
  const share = bad.calls + good.calls > 0 ? bad.calls / (bad.calls + good.calls) : 0;
  const what = target.clock === 'service' ? 'attempt' : 'call';
  const of = `${formatRatio(share)} of ${counted(bad.calls + good.calls, what)}`;
  if (target.bad.kind === 'failed') return `${of} failed`;
  const limit = time(target.bad.limitNs);
  if (good.read === 0 || bad.read === 0) return `${of} took longer than ${limit}`;
  return `${of} took longer than ${limit}: ${time(bad.meanNs)} on average, the others ${time(good.meanNs)}`;
}

function stateTexts({ state, bad, good, usual, target, against }: Why): readonly Sentence[] {
  switch (state) {
    case 'explained':
      return [];
    case 'unexplained': {
      const isSlow = target.bad.kind === 'slow';
      const text = isSlow
        ? 'Nothing sets them apart: no place takes far longer than calls of the run differ by themselves.'
        : 'Nothing sets them apart: they failed in many places.';
      return [{ text, tone: 'doubt' }];
    }
    case 'all': {
      const left = `${good.calls === 0 ? 'No call is' : `Only ${counted(good.calls, 'call is', 'calls are')}`} otherwise: there is nothing to hold them against.`;
      const hint =
        against === undefined ? ' A run in which it was well tells: --baseline RUN.' : '';
      return [
        { text: `${left}${hint}`, tone: 'doubt' },
        ...(usual.length === 0
          ? []
          : [{ text: `Calls spend most at ${timesText(usual)}.`, tone: 'faint' } as const]),
      ];
    }
    case 'few':
      if (bad.calls === 0) return [{ text: 'There is none to explain.', tone: 'doubt' }];
      return [
        {
          text: `Traces of ${formatCount(bad.read)} of ${counted(bad.calls, 'such call')} are stored, too few to tell: raise trace.keep.${target.bad.kind === 'slow' ? 'slow' : 'errors'} of the scenario.`,
          tone: 'doubt',
        },
      ];
  }
}

/** Returns places and how long each takes. */
function timesText(times: readonly PlaceTime[]): string {
  return times.map(({ place, ns }) => `${placeText(place)} ${time(ns)}`).join(', ');
}

/** Returns the same in a line: services and calls between them, without operations. */
export function pathText(times: readonly PlaceTime[]): string {
  const shortened = times.map(({ place, ns }) => `${shortText(place)} ${time(ns)}`);
  return shortened.join(', ');
}

function shortText({ kind, service, callee, operation }: Place): string {
  if (kind === 'work') return service;
  return kind === 'way' ? `${service} → ${callee === '' ? operation : callee}` : operation;
}

function time(ns: number): string {
  return formatDuration(Math.round(ns));
}

function placeTexts({ places, state }: Why): readonly string[] {
  const [first] = places;
  if (first === undefined) return [];
  const standing = places.filter(({ standsOut }) => standsOut);
  if (standing.length > 0) {
    return standing.map(
      (one) =>
        `${placeText(one.place)}: ${addedText(one)}, in ${formatRatio(one.farAfter)} of them far longer than in the others`,
    );
  }
  if (state === 'few' || state === 'all') return [];
  return [`Most of the difference is at ${placeText(first.place)}: ${addedText(first)}.`];
}

function addedText({ beforeNs, afterNs, lowNs, highNs, share }: PlaceDifference): string {
  const interval = `95%: ${signed(lowNs)} to ${signed(highNs)}`;
  return `${signed(afterNs - beforeNs)} (${interval}), ${formatRatio(share)} of the difference`;
}

/** Returns `+5.00 ms`; a difference may be below 0. */
export function signed(ns: number): string {
  return `${ns < 0 ? '-' : '+'}${time(Math.abs(ns))}`;
}

const ORIGINS_TOLD = 2;

function originTexts({ origins, bad }: Why): readonly string[] {
  if (bad.read === 0) return [];
  return origins.slice(0, ORIGINS_TOLD).map((origin) => {
    return `${formatRatio(origin.share)} of them failed ${originText(origin)}`;
  });
}

/** Returns where a failure began, and why. */
export function originText({ place, reason, kind }: Origin): string {
  const why = reason === '' ? '' : ` (${reason})`;
  if (kind === 'waiting') return `waiting for ${placeText(place)}${why}`;
  const unseen = kind === 'peer' ? ', of which no span of the callee is stored' : '';
  return `at ${placeText(place)}${why}${unseen}`;
}

function faultTexts({ faults }: Why): readonly string[] {
  return faults.map(
    ({ fault, valueGivenBad, valueGivenGood }) =>
      `the fault ${fault} touched ${formatRatio(valueGivenBad)} of them, and ${formatRatio(valueGivenGood)} of the others`,
  );
}

function valueTexts({ values }: Why): readonly string[] {
  return values.map((value) => {
    const { service, key, valueGivenBad, valueGivenGood, badGivenValue, q, alike } = value;
    const more = alike === 0 ? '' : ` and ${counted(alike, 'value')} of the same calls`;
    return `${service} ${key} = ${value.value}${more}: ${formatRatio(valueGivenBad)} of them have it, ${formatRatio(valueGivenGood)} of the others; ${formatRatio(badGivenValue)} of those with it are such (q ${qText(q)})`;
  });
}

function burstTexts({ burst }: Why): readonly string[] {
  if (burst === undefined) return [];
  const sec = (ns: number): string => `${secFromNs(ns).toFixed(1)} s`;
  return [
    `${formatRatio(burst.badShare)} of them began between ${sec(burst.fromNs)} and ${sec(burst.toNs)} of the run, ${formatRatio(burst.goodShare)} of the others`,
  ];
}

function retryTexts({ retries }: Why): readonly string[] {
  return retries.map(
    ({ caller, peer, badPerCall, goodPerCall }) =>
      `${caller} → ${peer} is repeated ${badPerCall.toFixed(2)} times in each of them, ${goodPerCall.toFixed(2)} in the others`,
  );
}

const CHANGES_TOLD = 2;

function againstTexts({ against }: Why): readonly string[] {
  if (against === undefined) return [];
  const { before, after } = against;
  const head = `Against ${baselineName(against)} calls take ${time(after.meanNs)} on average, ${time(before.meanNs)} there`;
  const told = against.places.filter(({ lowNs }) => lowNs > 0).slice(0, CHANGES_TOLD);
  const causes = against.causes.map((cause) => causeText(cause));
  if (told.length === 0 && causes.length === 0) return [`${head}: no place takes longer`];
  const changed = told.map((one) => `${placeText(one.place)} ${addedText(one)}`);
  return [
    changed.length === 0 ? head : `${head}: ${changed.join('; ')}`,
    ...causes.slice(0, 1).map((cause) => `What explains it: ${cause}`),
  ];
}

/** Returns what calls are held against, for people. */
export function baselineName({ runId, version }: AgainstBaseline): string {
  return version ?? `run ${runId}`;
}

/** Returns a service that explains a change, and how much of it. */
export function causeText({
  service,
  kind,
  addedTime,
  addedErrors,
}: AgainstBaseline['causes'][number]): string {
  const parts = [
    ...(addedTime === undefined || addedTime.share === 0
      ? []
      : [`${formatRatio(addedTime.share)} of the added time`]),
    ...(addedErrors === undefined || addedErrors.share === 0
      ? []
      : [`${formatRatio(addedErrors.share)} of the added errors`]),
  ];
  return [`${service}, ${KIND_WORDS[kind]}`, ...parts].join(', ');
}

/** Returns why what is told may say less than it could. */
export function doubts({ bad, good, stored, target }: Why): readonly string[] {
  const read = bad.read + good.read;
  const texts: string[] = [];
  if (target.edge === undefined && stored.served < 0.5 * read) {
    texts.push(
      `Of ${formatCount(read)} calls that were read, ${formatCount(stored.served)} have spans of services: without them only callgauge's own side is known.`,
    );
  }
  if (stored.broken > 0.05 * read) {
    texts.push(`${counted(stored.broken, 'call')} of ${formatCount(read)} lack spans.`);
  }
  if (stored.noAttributes !== '') texts.push(stored.noAttributes);
  return texts;
}
