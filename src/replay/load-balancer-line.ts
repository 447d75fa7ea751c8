import { NS_PER_SEC, recordedTime } from '../core/index.ts';
import { unquoted, wordsOf } from './line-words.ts';
import type { LineReading } from './recorded-arrival.ts';
import { withoutBackslashes } from './recorded-path.ts';
import { requestOfLine } from './recorded-request.ts';

const APPLICATION = /^(?:https?|h2|grpcs?|wss?) \d{4}-\d\d-\d\dT/u;
const CLASSIC =
  /^\d{4}-\d\d-\d\dT[^ ]+ [^ ]+ [^ ]+:\d+ (?:[^ ]+:\d+|-) (?:-1|[\d.]+) (?:-1|[\d.]+) /u;

/**
 * Returns the arrival of a line of an application or classic load balancer of AWS; undefined for
 * any other. An application load balancer writes when it answered, and, as the 22nd word, when the
 * request came; before it did that, the three times beside it are what the request took. A classic
 * one writes when the request came.
 */
export function readLoadBalancerLine(line: string): LineReading | undefined {
  if (APPLICATION.test(line)) return applicationLine(wordsOf(line));
  return CLASSIC.test(line) ? classicLine(wordsOf(line)) : undefined;
}

function applicationLine(words: readonly string[]): LineReading | undefined {
  const answered = recordedTime(words[1] ?? '');
  const came = recordedTime(words[21] ?? '');
  const time = came ?? answered;
  if (!time) return undefined;
  const parts = words.slice(5, 8).map(Number);
  // -1 stands for a part that did not take place.
  const sec = parts.reduce((sum, part) => sum + Math.max(0, part), 0);
  const isKnown = parts.length === 3 && !Number.isNaN(sec);
  return {
    time,
    moment: came ? 'start' : 'end',
    durationNs: came || !isKnown ? undefined : Math.round(sec * NS_PER_SEC),
    durationName: 'the three processing times',
    request: requestIn(words[12]),
  };
}

function classicLine(words: readonly string[]): LineReading | undefined {
  const time = recordedTime(words[0] ?? '');
  if (!time) return undefined;
  return { time, moment: 'start', durationNs: undefined, request: requestIn(words[11]) };
}

/** What is no escape is taken as it stands: the documentation names none. */
function requestIn(word = '') {
  const text = unquoted(word);
  return requestOfLine(withoutBackslashes(text) ?? text, 'bytes');
}
