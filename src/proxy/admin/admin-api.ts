import { randomBytes } from 'node:crypto';
import type { ProxyControl, ProxyState } from '../proxy-control.ts';
import {
  type AdminAnswer,
  emptyAnswer,
  errorAnswer,
  jsonAnswer,
  textAnswer,
} from './admin-answer.ts';
import { ApiError, apiErrorOf, listenError } from './api-error.ts';
import { adminMetricText, metricsText } from './admin-metrics.ts';
import { type AdminAction, routeOf } from './admin-routes.ts';
import { goAddress } from './go-address.ts';
import { jsonArray, jsonMap, parseBody } from './admin-json.ts';
import { createProxy, populate, proxyIfAny } from './populate.ts';
import { decodeProxy, proxyJson, proxySpec, refuseOtherKind } from './proxy-json.ts';
import type { ToldTouches } from './told-touches.ts';
import { decodeToxic, decodeToxicChange, decodeToxics, toxicJson } from './toxic-json.ts';

/** A request, whole. */
export interface AdminRequest {
  readonly method: string;
  /** As in the request line: the path, with its query. */
  readonly target: string;
  readonly userAgent: string;
  readonly body: Buffer;
}

/** The version of Toxiproxy whose API this is. Its clients ask for it. */
export const TOXIPROXY_VERSION = '2.12.0';

/**
 * Toxiproxy's admin API over a set of proxies, without sockets: a request in, an answer out. One
 * request is carried out after the other, so that none sees half of what another one does.
 */
export class AdminApi {
  readonly #control: ProxyControl;
  readonly #droppedConnections: () => number;
  readonly #touches: ToldTouches | undefined;
  #last: Promise<unknown>;

  /** Nothing is answered before `after` is settled. */
  constructor(
    control: ProxyControl,
    options: {
      readonly after?: Promise<unknown>;
      readonly droppedConnections?: () => number;
      /** Absent where whom toxics touch is not told: the route is not there then. */
      readonly touches?: ToldTouches;
    } = {},
  ) {
    this.#control = control;
    this.#droppedConnections = options.droppedConnections ?? (() => 0);
    this.#touches = options.touches;
    this.#last = options.after?.catch(() => undefined) ?? Promise.resolve();
  }

  /**
   * Returns the answer, in the order in which requests came. Rejects for a bug of callgauge only.
   */
  answer(request: AdminRequest): Promise<AdminAnswer> {
    const turn = this.#last.then(() => this.#answer(request));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #answer({ method, target, userAgent, body }: AdminRequest): Promise<AdminAnswer> {
    const route = routeOf(method, target);
    switch (route.kind) {
      case 'bad-path':
        return errorAnswer(new ApiError('bad request: a % in the path begins no code', 400));
      case 'moved':
        return { ...emptyAnswer(301), headers: { location: route.location } };
      case 'unknown-path':
        return textAnswer(404, '404 page not found');
      case 'unknown-method':
        return emptyAnswer(405);
      case 'action': {
        const isBrowser = userAgent.startsWith('Mozilla/');
        const {
          status,
          headers,
          body: text,
        } = isBrowser
          ? textAnswer(403, 'User agent not allowed')
          : await this.#act(route.action, { ...route, body });
        return {
          status,
          headers: { ...headers, 'x-toxiproxy-request-id': requestId() },
          body: text,
        };
      }
    }
  }

  async #act(action: AdminAction, asked: Asked): Promise<AdminAnswer> {
    try {
      return await this.#actions[action](asked);
    } catch (error) {
      const refusal = apiErrorOf(error);
      if (refusal === undefined) throw error;
      return errorAnswer(refusal);
    }
  }

  readonly #actions: Readonly<Record<AdminAction, (asked: Asked) => Promise<AdminAnswer>>> = {
    listProxies: async () => {
      const proxies = await this.#control.proxies();
      return jsonAnswer(200, jsonMap(proxies.map((proxy) => [proxy.name, proxyJson(proxy)])));
    },
    createProxy: ({ body }) => this.#createProxy(body),
    showProxy: async ({ proxy }) => jsonAnswer(200, proxyJson(await this.#control.proxy(proxy))),
    updateProxy: ({ proxy, body }) => this.#updateProxy(proxy, body),
    deleteProxy: async ({ proxy }) => {
      await this.#control.remove(proxy);
      return emptyAnswer(204);
    },
    populate: ({ body }) => populate(this.#control, body),
    reset: () => this.#reset(),
    listToxics: async ({ proxy }) => {
      const { toxics } = await this.#control.proxy(proxy);
      return jsonAnswer(200, jsonArray(toxics.map(toxicJson)));
    },
    createToxic: ({ proxy, body }) => this.#createToxic(proxy, body),
    showToxic: async ({ proxy, toxic }) => {
      return jsonAnswer(200, toxicJson(toxicOf(await this.#control.proxy(proxy), toxic)));
    },
    updateToxic: ({ proxy, toxic, body }) => this.#updateToxic(proxy, toxic, body),
    deleteToxic: async ({ proxy, toxic }) => {
      await this.#control.removeToxic(proxy, toxic);
      return emptyAnswer(204);
    },
    version: async () => ({
      status: 200,
      headers: { 'content-type': 'application/json;charset=utf-8' },
      body: `{"version": "${TOXIPROXY_VERSION}"}\n`,
    }),
    touches: async ({ query }) =>
      this.#touches === undefined
        ? textAnswer(404, '404 page not found')
        : jsonAnswer(200, await this.#touches.answer(query)),
    metrics: async () => ({
      status: 200,
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      body:
        metricsText(await this.#control.proxies(), await this.#control.stats()) +
        adminMetricText(this.#droppedConnections()),
    }),
  };

  async #createProxy(body: Buffer): Promise<AdminAnswer> {
    const input = decodeProxy(parseBody(body));
    const { enabled = true } = input;
    const spec = proxySpec(input);
    const toxics = decodeToxics(input.toxics);
    if (await proxyIfAny(this.#control, spec.name)) {
      throw new ApiError('proxy already exists', 409);
    }
    const state = await createProxy(this.#control, spec, { enabled, toxics });
    return jsonAnswer(201, proxyJson(state));
  }

  async #updateProxy(name: string, body: Buffer): Promise<AdminAnswer> {
    const state = await this.#control.proxy(name);
    const input = decodeProxy(parseBody(body));
    const { listen = state.listen, upstream = state.upstream, enabled = state.enabled } = input;
    refuseOtherKind(state, input);
    const address = goAddress(listen);
    if (address.problem !== undefined) throw new ApiError(address.problem, 500);
    try {
      const change = { listen: address.listen, upstream, enabled };
      return jsonAnswer(200, proxyJson(await this.#control.update(name, change)));
    } catch (error) {
      throw await listenError(error, address.listen, 'resolve');
    }
  }

  async #reset(): Promise<AdminAnswer> {
    try {
      await this.#control.reset();
      return emptyAnswer(204);
    } catch (error) {
      const proxies = await this.#control.proxies();
      const failed = proxies.find(({ enabled }) => !enabled);
      throw failed === undefined ? error : await listenError(error, failed.listen);
    }
  }

  async #createToxic(proxy: string, body: Buffer): Promise<AdminAnswer> {
    const { toxics } = await this.#control.proxy(proxy);
    const isTaken = (name: string): boolean => toxics.some((toxic) => toxic.name === name);
    const toxic = decodeToxic(parseBody(body), isTaken);
    await this.#control.addToxic(proxy, toxic);
    return jsonAnswer(200, toxicJson(toxic));
  }

  async #updateToxic(proxy: string, name: string, body: Buffer): Promise<AdminAnswer> {
    const toxic = toxicOf(await this.#control.proxy(proxy), name);
    const change = decodeToxicChange(parseBody(body), toxic);
    await this.#control.updateToxic(proxy, name, change);
    return jsonAnswer(200, toxicJson({ ...toxic, ...change }));
  }
}

interface Asked {
  readonly proxy: string;
  readonly toxic: string;
  readonly query: string;
  readonly body: Buffer;
}

function toxicOf({ toxics }: ProxyState, name: string): ProxyState['toxics'][number] {
  const found = toxics.find((toxic) => toxic.name === name);
  if (found === undefined) throw new ApiError('toxic not found', 404);
  return found;
}

/** Returns an id for a request: 96 random bits in 20 letters and digits, as Toxiproxy's look. */
export function requestId(): string {
  return BigInt(`0x${randomBytes(12).toString('hex')}`)
    .toString(32)
    .padStart(20, '0');
}
