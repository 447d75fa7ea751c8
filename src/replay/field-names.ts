import type { DurationUnit } from '../core/index.ts';

/** The fields in which the logs of known servers, and lists by hand, say what was called when. */

/** When a request came. Of all lists the first name that is there is taken. */
export const START_FIELDS = [
  'start_time',
  'startTime',
  'StartUTC',
  'StartLocal',
  'event.start',
  'request_creation_time',
  'startTimeUnixNano',
  'StartTime',
];

/** A time that is that of an arrival, or of a line that was written when an answer was over. */
export const TIME_FIELDS = [
  'time',
  'timestamp',
  '@timestamp',
  'ts',
  'date',
  'datetime',
  'msec',
  'time_iso8601',
  'time_local',
  'eventTime',
  'requestTime',
  'timeUnixNano',
  'Timestamp',
  '_time',
  '__REALTIME_TIMESTAMP',
];

export const METHOD_FIELDS = [
  'method',
  'request_method',
  'http.method',
  'http.request.method',
  'RequestMethod',
  'request.method',
  'req.method',
  'httpRequest.requestMethod',
  'requestMethod',
  'httpMethod',
  'http_method',
  'verb',
  'cs-method',
];

const QUERIES = ['query', 'query_string', 'querystring', 'args', 'search'];

/**
 * Where the path is; the query is in it, or in the first field of its list that is there. What
 * holds both is looked for first.
 */
export const PATH_FIELDS: readonly (readonly [path: string, queries: readonly string[]])[] = [
  ['request_uri', QUERIES],
  ['url.original', ['url.query']],
  ['url.full', ['url.query']],
  ['http.target', ['url.query']],
  ['http.url', ['url.query']],
  ['RequestPath', []],
  ['request.uri', []],
  ['request.url', []],
  ['req.url', []],
  ['httpRequest.requestUrl', []],
  ['path', QUERIES],
  ['uri', QUERIES],
  ['url.path', ['url.query']],
  ['request.path', QUERIES.map((name) => `request.${name}`)],
  ['req.path', QUERIES.map((name) => `req.${name}`)],
  ['cs-uri-stem', ['cs-uri-query']],
  ['cs-uri', []],
  ['requestUri', []],
  ['requestUrl', []],
  ['url', []],
  ['target', []],
  ['request', []],
];

/** What only a line has that was written when the answer was there. */
export const ANSWER_FIELDS = [
  'status',
  'status_code',
  'statusCode',
  'response_code',
  'responseCode',
  'http.response.status_code',
  'http.status_code',
  'DownstreamStatus',
  'response.status',
  'res.statusCode',
  'httpRequest.status',
  'sc-status',
];

/** How long a request took, in a unit that the field is known for. */
export const DURATION_FIELDS: readonly (readonly [name: string, unit: DurationUnit])[] = [
  ['request_time', 's'],
  ['event.duration', 'ns'],
  ['responseTime', 'ms'],
  ['http.server.request.duration', 's'],
  ['upstream_response_time', 's'],
];

/** How long a request took, in a unit that its own text or the name's end must say. */
export const CLEAR_DURATION_FIELDS =
  /^(?:request_?|response_?)?(?:duration|latency|elapsed|took|time_?taken|time)(?:[._-]?(?:s|secs?|seconds|ms|millis|milliseconds|us|micros|microseconds|ns|nanos|nanoseconds))?$/iu;

/** Fields that hold a line of another log. */
export const LINE_FIELDS = ['log', 'message', 'MESSAGE', '@message', 'line', 'msg', 'textPayload'];
