import {
  recordedDuration,
  recordedTime,
  TIME_WANTED,
  unitInName,
  type Ns,
  type RecordedTime,
} from '../core/index.ts';
import { unquoted, wordsOf } from './line-words.ts';
import type { LineOptions } from './line-options.ts';
import type { LineReading, RecordedArrival } from './recorded-arrival.ts';
import { withoutBackslashes, withoutHashes, type RequestProblem } from './recorded-path.ts';
import { requestOfLine, shown, undecodable } from './recorded-request.ts';

/**
 * A line of the common or combined log, as nginx, Apache and many others write it, or of what is
 * like it: Traefik's, Envoy's, HAProxy's `httplog clf`. Each character of it is one byte.
 *
 *     ::1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 26 "-" "-" 971211336.250 0.012
 *              └───────── time ─────────┘   └── request ──┘              └── $msec ──┘ └─┬─┘
 *                                                                           $request_time
 */
const TIME_BEFORE_REQUEST = /\[([^[\]]{1,64})\] "/u;
const QUOTED = /((?:[^"\\]|\\.)*)"/suy;
const PROTOCOL_AT_END = / HTTP\/\d(?:\.\d)?$/u;
const PROTOCOL_AND_QUOTE = / HTTP\/\d(?:\.\d)?"/gu;
/** Seconds since the epoch with their milliseconds. */
const MSEC = /^\d{9,11}\.\d{3,9}$/u;
const MSEC_AT_END = /\s(\d{9,11}\.\d{3,9})$/u;
/** As many characters as that takes: more of a line are not searched for it. */
const MSEC_CHARACTERS = 22;

/** Status and response flags: `200 -`, `503 UF,URX`. No other log has letters there. */
const OF_ENVOY = /^ \d{1,3} (?:-|[A-Z]{2,8}(?:,[A-Z]{2,8})*) /u;
/** The count of requests, the router, the server, and how long it took. */
const OF_TRAEFIK = / (?:\d+|-) "[^"]*" "[^"]*" (\d+)ms$/u;
/** Client port and milliseconds of the time, then frontend, backend, server. */
const OF_HAPROXY = /^ -?\d+ \+?\d+ "[^"]*" "[^"]*" \d+ (\d{1,3}) "[^"]*" "[^"]*" "[^"]*" /u;
const NS_DIGITS = 1_000_000;

/** Returns the arrival of a line of an access log. */
export function readAccessLine(line: string, options: LineOptions): LineReading {
  // A host and a user come before the bracket, which is the line's first that has a request
  // behind it.
  const match = /^[^ ]+ /u.test(line) ? TIME_BEFORE_REQUEST.exec(line) : null;
  const from = match ? match.index + match[0].length : 0;
  const request = match ? requestIn(line, from) : undefined;
  if (!match || !request) return NOT_ACCESS;
  const bracket = match[1] ?? '';
  const rest = line.slice(request.to);
  const time = recordedTime(bracket);
  const msec = recordedTime(MSEC_AT_END.exec(rest.slice(-MSEC_CHARACTERS))?.[1] ?? '');
  if (!time && !msec) {
    return {
      problem: `must have ${TIME_WANTED} in brackets, got [${shown(bracket)}]`,
      reason: 'with a time that cannot be read',
    };
  }
  const own = time ?? msec;
  const server = own && ofKnownServer(match.index === 0, request, rest, own);
  if (server) return server;
  const words = wordsOf(rest);
  const exact = msec ?? recordedTime(words.map(unquoted).find((word) => MSEC.test(word)) ?? '');
  const took = durationIn(line, words, options);
  const said = exact ?? own;
  if (!said) return NOT_ACCESS;
  return {
    time: said,
    moment: exact || took ? 'end' : 'unsaid',
    durationNs: took?.ns,
    ...(took && { durationName: took.name }),
    request: request.isRaw
      ? requestOfLine(request.text, 'bytes')
      : escapedRequest(request.text, withoutBackslashes),
  };
}

const NOT_ACCESS: RequestProblem = {
  problem: 'must be a line of an access log',
  reason: 'not of an access log',
};

interface RequestText {
  readonly text: string;
  /** Where the line goes on behind the quote. */
  readonly to: number;
  /** Whether its own quotes and backslashes are not escaped. */
  readonly isRaw: boolean;
}

/**
 * Returns the request in quotes that begins there. A server that does not escape quotes is known by
 * a request that seems to end before its protocol.
 */
function requestIn(line: string, from: number): RequestText | undefined {
  QUOTED.lastIndex = from;
  const text = QUOTED.exec(line)?.[1];
  if (text !== undefined && (PROTOCOL_AT_END.test(text) || !/^[A-Z]+ \S/u.test(text))) {
    return { text, to: QUOTED.lastIndex, isRaw: false };
  }
  PROTOCOL_AND_QUOTE.lastIndex = from;
  const end = PROTOCOL_AND_QUOTE.exec(line);
  const raw = end === null ? undefined : line.slice(from, end.index + end[0].length - 1);
  if (raw !== undefined && /^[A-Z]+ \S/u.test(raw) && !/" \d{3} /u.test(raw)) {
    return { text: raw, to: PROTOCOL_AND_QUOTE.lastIndex, isRaw: true };
  }
  return text === undefined ? undefined : { text, to: from + text.length + 1, isRaw: false };
}

/** Servers that are known by their lines, all of which write when the request began. */
function ofKnownServer(
  beginsWithTime: boolean,
  request: RequestText,
  rest: string,
  time: RecordedTime,
): RecordedArrival | undefined {
  const known = { time, moment: 'start', durationNs: undefined } as const;
  if ((beginsWithTime && OF_ENVOY.test(rest)) || OF_TRAEFIK.test(rest.slice(-2_048))) {
    return { ...known, request: requestOfLine(request.text, 'bytes') };
  }
  const ms = OF_HAPROXY.exec(rest)?.[1];
  if (ms === undefined) return undefined;
  return {
    ...known,
    time: { sec: time.sec, ns: Number(ms) * NS_DIGITS, isWhole: false },
    request: escapedRequest(request.text, withoutHashes),
  };
}

function escapedRequest(
  text: string,
  unescaped: (text: string) => string | undefined,
): RecordedArrival['request'] {
  const bytes = unescaped(text);
  return bytes === undefined ? undecodable(text) : requestOfLine(bytes, 'bytes');
}

interface FoundDuration {
  readonly name: string;
  readonly ns: Ns;
}

/** Names that `name=0.012` has, without their units. */
const NAMED =
  /(?:^|[ \t"[{,])(rt|req(?:uest)?_?time|resp(?:onse)?_?time|duration|latency|elapsed|took)(_?(?:ms|us|s))?[=:]"?(\d[\d.]*(?:ms|us|s)?)(?=["\s,;}\]]|$)/iu;
/** Seconds with milliseconds, as nginx writes them, or microseconds, as Python's servers do. */
const SECONDS = /^\d{1,6}\.(?:\d{3}|\d{6})$/u;
const UNITS = new Set(['s', 'ms', 'us', 'µs']);

/**
 * Returns how long a request took: from the field that is named; else from a text such as
 * `rt=0.012`; else the largest of the numbers with milliseconds behind status, bytes, referer and
 * agent, since those of upstreams are parts of nginx's $request_time.
 */
function durationIn(
  line: string,
  words: readonly string[],
  { durationField, durationUnit }: LineOptions,
): FoundDuration | undefined {
  if (durationField !== undefined) return namedDuration(line, durationField, durationUnit);
  const [, name, unit, value = ''] = NAMED.exec(line.slice(-4_096)) ?? [];
  if (name !== undefined) {
    const own = unitInName(`x_${unit?.replace('_', '') ?? ''}`) ?? 's';
    const isClear = unit !== undefined || value.includes('.') || /[a-z]$/u.test(value);
    const ns = isClear ? recordedDuration(value, own) : undefined;
    if (ns !== undefined) return { name: `${name}${unit ?? ''}`, ns };
  }
  const isCombined = words[2]?.startsWith('"') && words[3]?.startsWith('"');
  const extra = words.slice(isCombined ? 4 : 2).map(unquoted);
  const seconds = extra.filter((word, i) => SECONDS.test(word) && !UNITS.has(extra[i + 1] ?? ''));
  if (seconds.length > 0) {
    const ns = recordedDuration(String(Math.max(...seconds.map(Number))), 's');
    return ns === undefined ? undefined : { name: 'the seconds at its end', ns };
  }
  const at = extra.findIndex((word, i) => /^\d/u.test(word) && UNITS.has(extra[i + 1] ?? ''));
  const ns = recordedDuration(`${extra[at]}${extra[at + 1]}`, undefined);
  return at < 0 || ns === undefined ? undefined : { name: 'the time at its end', ns };
}

/** The n-th word of the line, from 1, or what stands behind `name=`. */
function namedDuration(
  line: string,
  field: string,
  unit: LineOptions['durationUnit'],
): FoundDuration | undefined {
  const words = wordsOf(line);
  const word = /^\d+$/u.test(field)
    ? words[Number(field) - 1]
    : words.find((one) => one.startsWith(`${field}=`))?.slice(field.length + 1);
  const text = unquoted(word ?? '');
  const ns = recordedDuration(
    text,
    unit ?? unitInName(field) ?? (text.includes('.') ? 's' : undefined),
  );
  return ns === undefined ? undefined : { name: `word ${field}`, ns };
}
