import type { Touches } from '../../toxics/index.ts';
import { jsonValue, type JsonText } from './admin-json.ts';
import { ApiError } from './api-error.ts';

/** Requests and connections that are remembered for those who ask later, in all. */
const REMEMBERED_MAX = 100_000;
/** And told in one answer. */
const TOLD_MAX = 10_000;

type Told =
  | { readonly request: Touches['requests'][number] }
  | { readonly connection: Touches['connections'][number] };

/**
 * What toxics touched, for any number of readers: each asks for what came after the cursor of its
 * last answer, and nobody takes anything from another. Bounded: what came first is forgotten first,
 * and whoever has not heard of it is told how much that was.
 */
export class ToldTouches {
  readonly #take: () => Promise<Touches>;
  /** Of these proxies: a cursor of others, or of before a restart, is none of theirs. */
  readonly #source: string;
  readonly #max: number;
  #told: Told[] = [];
  /** The number of the next touch, those counted that found no room. */
  #next = 0;

  constructor(take: () => Promise<Touches>, source: string, max: number = REMEMBERED_MAX) {
    this.#take = take;
    this.#source = source;
    this.#max = max;
  }

  /**
   * Answers `after=CURSOR` and `trace=BEGINNING`, either or both: without a cursor nothing is told
   * but where to go on, with a beginning only of requests whose trace ids begin so.
   * @throws ApiError 400 for a query that is neither
   */
  async answer(query: string): Promise<JsonText> {
    const { after, trace } = askedOf(query);
    this.#add(await this.#take());
    const first = this.#next - this.#told.length;
    const from = after === undefined ? this.#next : this.#numberOf(after);
    const skipped = Math.max(0, from - first);
    const fresh = this.#told.slice(skipped, skipped + TOLD_MAX);
    const upTo = Math.max(from, first) + fresh.length;
    const requests = fresh.flatMap((one) => ('request' in one ? [one.request] : []));
    return jsonValue({
      version: 1,
      cursor: `${this.#source}-${upTo}`,
      more: upTo < this.#next,
      lost: Math.max(0, first - from),
      requests: requests.filter(({ traceId }) => traceId.startsWith(trace)),
      connections: fresh.flatMap((one) => ('connection' in one ? [one.connection] : [])),
    });
  }

  #add({ requests, connections, lost }: Touches): void {
    const all: readonly Told[] = [
      ...requests.map((request) => ({ request })),
      ...connections.map((connection) => ({ connection })),
    ];
    // What found no room before came before what did, or between: it is told as a gap.
    if (lost > 0) this.#told = [];
    this.#next += lost + all.length;
    this.#told = [...this.#told, ...all].slice(-this.#max);
  }

  /** A cursor of other proxies stands before all that these have. */
  #numberOf(cursor: string): number {
    const [source, number] = cursor.split('-');
    return source === this.#source ? Math.min(Number(number), this.#next) : 0;
  }
}

const CURSOR = /^[0-9a-z]+-\d{1,15}$/u;
const TRACE = /^[0-9a-f]{0,32}$/u;

function askedOf(query: string): { readonly after?: string; readonly trace: string } {
  const fields = new URLSearchParams(query);
  for (const name of fields.keys()) {
    if (name === 'after' || name === 'trace') continue;
    throw new ApiError(`bad query: ${name} is neither after nor trace`, 400);
  }
  const [after, trace = ''] = [fields.get('after') ?? undefined, fields.get('trace') ?? undefined];
  if (after !== undefined && !CURSOR.test(after)) {
    throw new ApiError(`bad query: after is no cursor of an answer: ${after.slice(0, 80)}`, 400);
  }
  if (!TRACE.test(trace)) {
    const seen = trace.slice(0, 80);
    throw new ApiError(`bad query: trace is no beginning of a trace id in hex: ${seen}`, 400);
  }
  return { ...(after !== undefined && { after }), trace };
}
