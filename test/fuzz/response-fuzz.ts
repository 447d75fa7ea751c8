import { rngFrom } from '../../src/core/index.ts';
import { MORE, ResponseParser, WHOLE } from '../../src/drivers/http/response-parser.ts';
import { Draw } from './draw.ts';
import { type Exchange, readByLlhttp, type Reading } from './llhttp-reading.ts';
import { difference } from './response-differences.ts';
import { oddResponse } from './response-grammar.ts';

export interface FuzzReport {
  readonly responses: number;
  /** Readings compared: more than responses, since some are cut in every place. */
  readonly readings: number;
  readonly bothWhole: number;
  readonly bothRefused: number;
  /** How often each known difference was seen, by its name. */
  readonly differences: ReadonlyMap<string, number>;
  /** Differences that must not be, each with the response; the first few. */
  readonly failures: readonly string[];
}

/** One response of so many is cut at every byte boundary, and byte by byte. */
const CUT_EVERYWHERE_ONE_IN = 50;
const BATCH = 100;
const FAILURES_KEPT = 20;

/** Returns how our parser and llhttp read `count` odd responses; the same seed gives the same. */
export async function fuzzResponses(count: number, seed: number): Promise<FuzzReport> {
  const draw = new Draw(rngFrom(seed, 'responses'));
  const differences = new Map<string, number>();
  const failures: string[] = [];
  let [readings, bothWhole, bothRefused] = [0, 0, 0];
  for (let done = 0; done < count; done += BATCH) {
    const size = Math.min(BATCH, count - done);
    const exchanges = Array.from({ length: size }, () => cutExchanges(draw)).flat();
    const theirs = await readByLlhttp(exchanges);
    for (const [i, exchange] of exchanges.entries()) {
      const their = theirs[i];
      if (their === undefined) throw new Error('llhttp gave no reading');
      const our = readByOurs(exchange);
      readings++;
      if (our.whole && their.whole) bothWhole++;
      if (!our.whole && !their.whole) bothRefused++;
      const found = difference(exchange, our, their);
      if (found === '') continue;
      differences.set(found, (differences.get(found) ?? 0) + 1);
      if (found.startsWith('!') && failures.length < FAILURES_KEPT) {
        failures.push(`${found} ${JSON.stringify({ ...exchange, our, their })}`);
      }
    }
  }
  return { responses: count, readings, bothWhole, bothRefused, differences, failures };
}

/** Returns one response, cut in a few places; or, now and then, in every place there is. */
function cutExchanges(draw: Draw): Exchange[] {
  const text = oddResponse(draw);
  const answersHead = draw.chance(0.05);
  const whole = { text, answersHead, cuts: [] };
  if (draw.below(CUT_EVERYWHERE_ONE_IN) === 0) {
    const everywhere = Array.from({ length: text.length }, (_, at) => at);
    return [
      whole,
      { ...whole, cuts: everywhere },
      ...everywhere.map((at) => ({ ...whole, cuts: [at] })),
    ];
  }
  const cuts = Array.from({ length: draw.below(4) }, () => draw.below(text.length + 1));
  return [{ ...whole, cuts: cuts.toSorted((a, b) => a - b) }];
}

const parser = new ResponseParser();

function readByOurs({ text, answersHead, cuts }: Exchange): Reading {
  const bytes = Buffer.from(text, 'latin1');
  parser.reset(answersHead);
  let progress: number = MORE;
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    if (to <= from) continue;
    // A copy, and overwritten at once: nothing may be kept of a read but what was copied.
    const read = Buffer.from(bytes.subarray(from, to));
    progress = parser.feed(read, read.length);
    read.fill(0xff);
    from = to;
    if (progress !== MORE) break;
  }
  const whole = (progress === MORE ? parser.close() : progress) === WHOLE;
  return {
    whole,
    status: whole ? parser.status : 0,
    bodyBytes: whole ? parser.bodyBytes : 0,
    keepAlive: whole && parser.keepAlive,
    error: parser.error,
  };
}
