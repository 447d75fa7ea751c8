import { errorText, HarnessError, NS_PER_MS, NS_PER_SEC, type Ns } from '../../core/index.ts';
import { request } from '../../core/node-http.ts';
import {
  toxicAttributes,
  type Toxic,
  type TouchedConnection,
  type TouchedRequest,
  type Touches,
} from '../../toxics/index.ts';
import { isObject } from './admin-json.ts';
import { ApiError } from './api-error.ts';
import { decodeToxic } from './toxic-json.ts';

/** A proxy of another process, as its admin API tells of it. */
export interface SeenProxy {
  readonly name: string;
  /** `host:port`. */
  readonly listen: string;
  readonly toxics: readonly SeenToxic[];
}

export interface SeenToxic {
  readonly name: string;
  readonly type: string;
  /** Undefined where it is of a type, or has settings, that callgauge does not know. */
  readonly toxic: Toxic | undefined;
  /** What it is set to, as the windows of faults say it; empty with it. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Touches since a cursor, and where to go on. */
export interface SeenTouches extends Touches {
  readonly cursor: string;
  /** Whether there are more, to be asked for at once. */
  readonly hasMore: boolean;
}

const ANSWER_WITHIN_NS: Ns = 2 * NS_PER_SEC;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Asks the admin API of proxies in another process, callgauge's or a Toxiproxy's; changes nothing.
 * Every method rejects with PROXIES_UNREACHABLE where no answer comes in time, or none of this API.
 */
export class AdminClient {
  readonly #url: URL;

  /** `url` is `http://host:port`. */
  constructor(url: URL) {
    this.#url = url;
  }

  async proxies(): Promise<readonly SeenProxy[]> {
    const body = await this.#json('/proxies');
    return Object.values(body).map((proxy) => {
      if (!isObject(proxy)) throw this.#odd('/proxies has a proxy that is no object');
      const { name, listen, toxics } = proxy;
      if (typeof name !== 'string' || typeof listen !== 'string' || !Array.isArray(toxics)) {
        throw this.#odd('/proxies has a proxy without name, listen or toxics');
      }
      return { name, listen, toxics: toxics.map((toxic) => this.#toxic(toxic)) };
    });
  }

  /**
   * Returns what toxics touched since the cursor, of requests those of traces that begin so;
   * without one only where to go on. Undefined where the other side does not tell.
   */
  async touches(trace: string, after?: string): Promise<SeenTouches | undefined> {
    const query = new URLSearchParams({ trace, ...(after !== undefined && { after }) });
    const path = `/callgauge/touches?${query.toString()}`;
    const body = await this.#json(path, 404);
    if (body === undefined) return undefined;
    const { cursor, more, lost, requests, connections } = body;
    if (typeof cursor !== 'string' || !Array.isArray(requests) || !Array.isArray(connections)) {
      throw this.#odd(`${path} has no cursor, requests or connections`);
    }
    return {
      cursor,
      hasMore: more === true,
      lost: typeof lost === 'number' ? lost : 0,
      requests: requests.filter(isRequest),
      connections: connections.filter(isConnection),
    };
  }

  #toxic(body: unknown): SeenToxic {
    if (!isObject(body) || typeof body['name'] !== 'string' || typeof body['type'] !== 'string') {
      throw this.#odd('/proxies has a toxic without name or type');
    }
    const { name, type } = body;
    try {
      const toxic = decodeToxic(body, () => false);
      return { name, type, toxic, attributes: toxicAttributes(toxic) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { name, type, toxic: undefined, attributes: {} };
    }
  }

  #json(path: string): Promise<Readonly<Record<string, unknown>>>;
  #json(path: string, none: number): Promise<Readonly<Record<string, unknown>> | undefined>;
  async #json(path: string, none = 0): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { status, text } = await this.#get(path);
    if (status === none) return undefined;
    if (status !== 200) throw this.#odd(`${path} is answered with status ${status}`);
    try {
      const body: unknown = JSON.parse(text);
      if (isObject(body)) return body;
    } catch {
      // Told below, as of any other answer that is no object.
    }
    throw this.#odd(`${path} is answered with no JSON object: ${text.slice(0, 80)}`);
  }

  #get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    const signal = AbortSignal.timeout(ANSWER_WITHIN_NS / NS_PER_MS);
    const fail = (error: unknown): void => reject(this.#odd(errorText(error), error));
    const asked = request(new URL(path, this.#url), { signal }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES_MAX) asked.destroy(new Error(`more than ${ANSWER_BYTES_MAX} B`));
        else chunks.push(chunk);
      });
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, text });
      });
      response.on('error', fail);
    });
    asked.on('error', fail);
    asked.end();
    return promise;
  }

  #odd(what: string, cause?: unknown): HarnessError {
    const message = `the proxies at ${this.#url.origin} cannot be watched: ${what}`;
    return new HarnessError('PROXIES_UNREACHABLE', message, {
      hint: 'Name the admin API of a callgauge proxy, or of a Toxiproxy, that is up.',
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

function isRequest(value: unknown): value is TouchedRequest {
  return (
    isObject(value) &&
    ['proxy', 'toxic', 'traceId', 'spanId'].every((key) => typeof value[key] === 'string') &&
    typeof value['atEpochMs'] === 'number'
  );
}

function isConnection(value: unknown): value is TouchedConnection {
  return (
    isObject(value) &&
    ['proxy', 'toxic'].every((key) => typeof value[key] === 'string') &&
    ['clientPort', 'fromEpochMs', 'toEpochMs'].every((key) => typeof value[key] === 'number') &&
    ['isDown', 'isIdle'].every((key) => typeof value[key] === 'boolean')
  );
}
