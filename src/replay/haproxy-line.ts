import { recordedTime } from '../core/index.ts';
import type { LineReading } from './recorded-arrival.ts';
import { withoutHashes } from './recorded-path.ts';
import { NO_REQUEST, requestOfLine, undecodable } from './recorded-request.ts';

/**
 * A line of HAProxy's `option httplog` or `httpslog`, alone or behind what a syslog server wrote.
 * Its time is when the first byte of the request came; the five times are TR, Tw, Tc, Tr, Ta.
 *
 *     10.0.0.7:53312 [28/Nov/2026:16:40:01.120] fe~ app/web1 0/0/1/8/9 200 512 - - ---- 2/2/0/0/0
 *     0/0 {www.shop.test|} "GET /cart?id=7 HTTP/1.1"
 */
const HTTPLOG =
  /\[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d\.\d{3})\] [^ ]+ [^ ]+\/[^ ]+ [+-]?\d+(?:\/[+-]?\d+){2,4} /u;

/** Returns the arrival of a line of HAProxy; undefined for any other. */
export function readHaproxyLine(line: string): LineReading | undefined {
  const match = HTTPLOG.exec(line);
  const time = match && recordedTime(match[1] ?? '');
  if (!match || !time) return undefined;
  return { time, moment: 'start', durationNs: undefined, request: requestIn(line, match) };
}

/** Of `option tcplog` there is none. A line that is too long is cut off with its last quote. */
function requestIn(line: string, { index, 0: head }: RegExpExecArray) {
  const from = line.indexOf('"', index + head.length);
  const to = line.lastIndexOf('"');
  if (from < 0) return { ...NO_REQUEST, problem: `${NO_REQUEST.problem}; option tcplog has none` };
  const text = line.slice(from + 1, to > from ? to : undefined);
  const bytes = withoutHashes(text);
  if (bytes === undefined) return undecodable(text);
  return requestOfLine(bytes, 'bytes', { wantsProtocol: true });
}
