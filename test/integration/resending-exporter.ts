import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { parseAnswer, protobufBody } from '../ingest/otlp-messages.ts';

/** Those of which OTLP says that the same may be sent again. */
const RETRYABLE = new Set([429, 502, 503, 504]);
const SPANS_PER_BODY = 50;
/** An exporter's, of one try. */
const ANSWER_WITHIN_MS = 10_000;
const PAUSE_MS = 200;

/**
 * Sends spans as an exporter does that never gives up: the same body again after a refusal that
 * allows it, and where the answer was lost or did not come.
 */
export class ResendingExporter {
  /** Ids of the spans of each body that was answered by 200. */
  readonly acknowledged = new Set<string>();
  /** What each body was, by the id of its trace: those that were answered by 200. */
  readonly traces = new Map<string, { readonly spanIds: readonly string[]; isFailed: boolean }>();
  /** How often a body was refused for now. */
  refusals = 0;
  /** How often no answer came. */
  lostAnswers = 0;
  /** Answers after which an exporter drops its spans; there should be none. */
  readonly dropped: string[] = [];
  readonly #url: string;
  readonly #serviceName: string;
  readonly #failedEvery: number;
  #made = 0;
  #isOver = false;
  #hasGivenUp = false;
  #senders: readonly Promise<void>[] = [];
  #heard = Promise.withResolvers<void>();

  /** @param options `failedEvery`: of so many bodies one has a span that failed; none by default */
  constructor(
    url: string,
    serviceName: string,
    { failedEvery = Number.POSITIVE_INFINITY }: { readonly failedEvery?: number } = {},
  ) {
    this.#url = url;
    this.#serviceName = serviceName;
    this.#failedEvery = failedEvery;
  }

  /** Begins to send, one request after another on each connection. */
  start(connections: number): void {
    this.#senders = Array.from({ length: connections }, () => this.#send());
  }

  /** Resolves when so many more spans are acknowledged, or so many more requests refused. */
  async until(more: { readonly spans: number; readonly refusals?: number }): Promise<void> {
    const spans = this.acknowledged.size + more.spans;
    const refusals = this.refusals + (more.refusals ?? Number.POSITIVE_INFINITY);
    while (this.acknowledged.size < spans && this.refusals < refusals) await this.#heard.promise;
  }

  /** Makes no more spans, and resolves when all that were made are acknowledged. */
  async finish(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#senders);
  }

  /** Sends nothing more, also not what no answer came for. */
  giveUp(): void {
    this.#isOver = true;
    this.#hasGivenUp = true;
  }

  async #send(): Promise<void> {
    while (!this.#isOver) {
      const spanIds = Array.from({ length: SPANS_PER_BODY }, () => randomBytes(8).toString('hex'));
      const traceId = randomBytes(16).toString('hex');
      const isFailed = ++this.#made % this.#failedEvery === 0;
      const body = exportOf(spanIds, { serviceName: this.#serviceName, traceId, isFailed });
      while (!(await this.#isAnswered(body))) {
        if (this.#hasGivenUp) return;
        await wait(PAUSE_MS);
      }
      for (const id of spanIds) this.acknowledged.add(id);
      this.traces.set(traceId, { spanIds, isFailed });
      this.#hear();
    }
  }

  async #isAnswered(body: Buffer): Promise<boolean> {
    let status: number;
    let answer: Buffer;
    try {
      ({ status, answer } = await postExport(this.#url, body));
    } catch {
      this.lostAnswers++;
      return false;
    }
    if (RETRYABLE.has(status)) {
      this.refusals++;
      this.#hear();
      return false;
    }
    const said = parseAnswer(status === 200 ? 'Response' : 'RpcStatus', answer);
    if (status !== 200 || Object.keys(said).length > 0) {
      this.dropped.push(`${status} ${JSON.stringify(said)}`);
    }
    return true;
  }

  #hear(): void {
    const { resolve } = this.#heard;
    this.#heard = Promise.withResolvers();
    resolve();
  }
}

/** Returns the body of a request with spans of one trace, the first above the others. */
export function exportOf(
  spanIds: readonly string[],
  {
    serviceName = 'exporting',
    traceId = randomBytes(16).toString('hex'),
    /** Whether the last of them has the status Error. */
    isFailed = false,
  }: { readonly serviceName?: string; readonly traceId?: string; readonly isFailed?: boolean } = {},
): Buffer {
  const startTimeUnixNano = `${Date.now()}000000`;
  const spans = spanIds.map((spanId, i) => ({
    traceId,
    spanId,
    ...(i > 0 && { parentSpanId: spanIds[0] }),
    ...(isFailed && i === spanIds.length - 1 && { status: { code: 2 } }),
    name: `GET /${i % 5}`,
    kind: 2,
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano,
    attributes: [{ key: 'http.request.method', value: { stringValue: 'GET' } }],
  }));
  const attributes = [{ key: 'service.name', value: { stringValue: serviceName } }];
  return protobufBody({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] });
}

/** Sends a body, and throws where no answer comes for as long as exporters wait. */
export async function postExport(
  url: string,
  body: Buffer,
): Promise<{ readonly status: number; readonly answer: Buffer }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  return { status: response.status, answer: Buffer.from(await response.arrayBuffer()) };
}
