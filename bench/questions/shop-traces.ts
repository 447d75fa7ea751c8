import {
  NS_PER_MS,
  rngFrom,
  type Attributes,
  type Rng,
  type Span,
  type SpanKind,
} from '../../src/core/index.ts';
import { PAYMENT, ROUTES, type Call, type Datastore, type Operation } from './shop.ts';

/** In which part of all traces the incident is; it ends with the part. */
export interface IncidentPart {
  readonly fromTrace: number;
  readonly toTrace: number;
}

const INSTANCES = 3;
/** Of the logarithm of a duration. */
const SPREAD = 0.5;
/** How often an operation fails by itself. */
const FAILURES = 0.002;
const NO_ATTRIBUTES: Attributes = {};
const PROVIDERS = ['northbank', 'card-hub', 'paywise'] as const;
/** What the incident does to charges by one provider. */
const BAD_PROVIDER = PROVIDERS[0];
const BAD_EXTRA_MS = 400;
const BAD_FAILURES = 0.2;

/**
 * Makes traces of the shop, one after another, the same for the same seed: attributes as the
 * semantic conventions of OpenTelemetry name them, resources of Kubernetes, random ids; failures
 * and their way up, and an incident: charges by one provider take 400 ms longer, and a fifth fail.
 */
export class ShopTraces {
  readonly #rng: Rng;
  readonly #incident: IncidentPart;
  readonly #resources = new Map<string, readonly Attributes[]>();
  #made = 0;
  /** Of the trace that is being made. */
  #traceId = '';
  #user = '';
  #spans: Span[] = [];

  constructor(seed: number, incident: IncidentPart) {
    this.#rng = rngFrom(seed, 'traces of a shop');
    this.#incident = incident;
  }

  /** Adds the spans of the next trace, which begins then, to a list. */
  add(spans: Span[], startEpochNs: bigint): void {
    this.#traceId = this.#hex(4);
    this.#user = String(100_000 + Math.floor(this.#rng.nextFloat() * 40_000));
    this.#spans = spans;
    let draw = this.#rng.nextFloat();
    const route = ROUTES.find(({ weight }) => (draw -= weight) < 0) ?? ROUTES[0];
    if (route !== undefined) this.#serve(route.operation, startEpochNs, '');
    this.#made++;
  }

  /** Makes what an operation does; returns when it ended, and whether it failed. */
  #serve(operation: Operation, startNs: bigint, parentSpanId: string): Done {
    const { service, name, protocol, ownMs, calls } = operation;
    const spanId = this.#hex(2);
    const resource = this.#resourceOf(service);
    const share = ownMs / (calls.length + 1);
    let atNs = startNs + this.#ns(share);
    let isFailed = this.#rng.nextFloat() < FAILURES;
    for (const call of calls) {
      if (isFailed) break;
      const done = this.#call(call, { operation, resource, spanId, atNs });
      atNs = done.endNs + this.#ns(share);
      isFailed ||= done.isFailed;
    }
    let extra: Attributes = NO_ATTRIBUTES;
    if (operation === PAYMENT) {
      const provider = PROVIDERS[Math.floor(this.#rng.nextFloat() * 3)] ?? BAD_PROVIDER;
      extra = { 'payment.provider': provider };
      if (this.#isIncident() && provider === BAD_PROVIDER) {
        atNs += this.#ns(BAD_EXTRA_MS);
        isFailed ||= this.#rng.nextFloat() < BAD_FAILURES;
      }
    }
    const attributes = { ...this.#serverAttributes(operation, isFailed), ...extra };
    const kind = protocol === 'message' ? 'Consumer' : 'Server';
    this.#push({ service, resource, name, kind, spanId, parentSpanId }, attributes, {
      startNs,
      endNs: atNs,
      isFailed,
    });
    return { endNs: atNs, isFailed };
  }

  #call(call: Call, caller: Caller): Done {
    const { operation, resource, spanId, atNs } = caller;
    switch (call.kind) {
      case 'call':
        if (call.chance !== undefined && this.#rng.nextFloat() > call.chance) {
          return { endNs: atNs, isFailed: false };
        }
        return this.#ask(call.to, caller);
      case 'both': {
        const first = this.#ask(call.first, caller);
        const second = this.#ask(call.second, { ...caller, atNs: atNs + 50_000n });
        return {
          endNs: first.endNs > second.endNs ? first.endNs : second.endNs,
          isFailed: first.isFailed || second.isFailed,
        };
      }
      case 'query': {
        const { store, text } = call;
        const endNs = atNs + this.#ns(store.tookMs);
        const name = text.slice(0, text.indexOf(' '));
        const own = { service: operation.service, resource, name, kind: 'Client' } as const;
        this.#push(
          { ...own, spanId: this.#hex(2), parentSpanId: spanId },
          queryAttributes(store, text),
          { startNs: atNs, endNs, isFailed: false },
        );
        return { endNs, isFailed: false };
      }
      case 'send': {
        const id = this.#hex(2);
        const endNs = atNs + this.#ns(0.6);
        const own = { service: operation.service, resource, name: 'send orders' } as const;
        this.#push({ ...own, kind: 'Producer', spanId: id, parentSpanId: spanId }, MESSAGE, {
          startNs: atNs,
          endNs,
          isFailed: false,
        });
        this.#serve(call.to, endNs + this.#ns(15), id);
        return { endNs, isFailed: false };
      }
      case 'inner': {
        const endNs = atNs + this.#ns(call.tookMs);
        const own = { service: operation.service, resource, name: call.name } as const;
        const ids = { spanId: this.#hex(2), parentSpanId: spanId };
        const times = { startNs: atNs, endNs, isFailed: false };
        this.#push({ ...own, ...ids, kind: 'Internal' }, NO_ATTRIBUTES, times);
        return { endNs, isFailed: false };
      }
    }
  }

  /** A call over the network: the client's span around the server's. */
  #ask(to: Operation, { operation, resource, spanId: parentSpanId, atNs }: Caller): Done {
    const spanId = this.#hex(2);
    const served = this.#serve(to, atNs + this.#ns(0.4), spanId);
    const { isFailed } = served;
    const endNs = served.endNs + this.#ns(0.4);
    const own = { service: operation.service, resource, kind: 'Client' } as const;
    const name = to.protocol === 'http' ? to.name.slice(0, to.name.indexOf(' ')) : to.name;
    this.#push({ ...own, name, spanId, parentSpanId }, this.#clientAttributes(to, isFailed), {
      startNs: atNs,
      endNs,
      isFailed,
    });
    return { endNs, isFailed };
  }

  #push(
    { service, resource, name, kind, spanId, parentSpanId }: Identity,
    attributes: Attributes,
    { startNs, endNs, isFailed }: Times,
  ): void {
    const type = 'ProviderError';
    this.#spans.push({
      traceId: this.#traceId,
      spanId,
      parentSpanId,
      traceState: '',
      name,
      kind,
      serviceName: service,
      startEpochNs: startNs,
      durationNs: endNs - startNs,
      status: isFailed ? 'Error' : 'Unset',
      statusMessage: isFailed && kind === 'Server' ? `${service} could not answer` : '',
      resourceAttributes: resource,
      attributes,
      scopeName: `@opentelemetry/instrumentation-${kind === 'Internal' ? 'express' : 'http'}`,
      scopeVersion: '0.223.0',
      events:
        isFailed && kind === 'Server'
          ? [
              {
                epochNs: endNs - 20_000n,
                name: 'exception',
                attributes: { 'exception.type': type, 'exception.message': `${name} failed` },
              },
            ]
          : [],
      links: [],
    });
  }

  #serverAttributes({ name, protocol, service }: Operation, isFailed: boolean): Attributes {
    if (protocol === 'message') return MESSAGE;
    if (protocol === 'grpc') {
      return {
        'rpc.system.name': 'grpc',
        'rpc.method': name,
        'rpc.response.status_code': isFailed ? 'UNAVAILABLE' : 'OK',
        'server.address': service,
        'network.peer.address': this.#address(),
        'app.user.id': this.#user,
      };
    }
    const blank = name.indexOf(' ');
    return {
      'http.request.method': name.slice(0, blank),
      'http.route': name.slice(blank + 1),
      'url.path': name.slice(blank + 1).replace(/\{\w+\}/u, this.#user),
      'url.scheme': 'http',
      'http.response.status_code': isFailed ? '500' : '200',
      'server.address': service,
      'server.port': '8080',
      'network.protocol.version': '1.1',
      'user_agent.original': USER_AGENTS[this.#rng.nextUint32() % USER_AGENTS.length] ?? '',
      'client.address': this.#address(),
      'app.user.tier': Number(this.#user) % 10 === 0 ? 'gold' : 'plain',
    };
  }

  #clientAttributes({ name, protocol, service }: Operation, isFailed: boolean): Attributes {
    if (protocol === 'grpc') {
      return {
        'rpc.system.name': 'grpc',
        'rpc.method': name,
        'rpc.response.status_code': isFailed ? 'UNAVAILABLE' : 'OK',
        'server.address': service,
        'server.port': '8443',
      };
    }
    const blank = name.indexOf(' ');
    const path = name.slice(blank + 1).replace(/\{\w+\}/u, this.#user);
    return {
      'http.request.method': name.slice(0, blank),
      'url.full': `http://${service}:8080${path}`,
      'server.address': service,
      'server.port': '8080',
      'http.response.status_code': isFailed ? '500' : '200',
    };
  }

  /** Resources are one object for each instance, as they are of a batch. */
  #resourceOf(service: string): Attributes {
    let all = this.#resources.get(service);
    if (all === undefined) {
      all = Array.from({ length: INSTANCES }, (_, i) => this.#newResource(service, i));
      this.#resources.set(service, all);
    }
    return all[this.#rng.nextUint32() % INSTANCES] ?? NO_ATTRIBUTES;
  }

  #newResource(service: string, instance: number): Attributes {
    const pod = `${service}-7d9f8b6c54-${this.#hex(1).slice(0, 5)}`;
    return {
      'service.name': service,
      'service.version': '2.14.1',
      'service.instance.id': `${this.#hex(1)}-${this.#hex(1).slice(4)}-4000-8000-${this.#hex(2).slice(4)}`,
      'deployment.environment.name': 'production',
      'host.name': pod,
      'k8s.namespace.name': 'shop',
      'k8s.deployment.name': service,
      'k8s.pod.name': pod,
      'k8s.node.name': `node-${instance + 1}`,
      'process.pid': '1',
      'telemetry.sdk.language': 'nodejs',
      'telemetry.sdk.name': 'opentelemetry',
      'telemetry.sdk.version': '2.12.0',
    };
  }

  #isIncident(): boolean {
    const { fromTrace, toTrace } = this.#incident;
    return this.#made >= fromTrace && this.#made < toTrace;
  }

  /** A log-normal time about a median, in ns. */
  #ns(medianMs: number): bigint {
    const u = 1 - this.#rng.nextFloat();
    const normal = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.#rng.nextFloat());
    return BigInt(Math.round(medianMs * NS_PER_MS * Math.exp(SPREAD * normal)));
  }

  #address(): string {
    return `10.2.${this.#rng.nextUint32() & 15}.${this.#rng.nextUint32() & 255}`;
  }

  #hex(words: number): string {
    let text = '';
    for (let i = 0; i < words; i++) text += this.#rng.nextUint32().toString(16).padStart(8, '0');
    return text;
  }
}

interface Done {
  readonly endNs: bigint;
  readonly isFailed: boolean;
}

interface Caller {
  readonly operation: Operation;
  readonly resource: Attributes;
  readonly spanId: string;
  readonly atNs: bigint;
}

interface Identity {
  readonly service: string;
  readonly resource: Attributes;
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanId: string;
  readonly parentSpanId: string;
}

interface Times {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly isFailed: boolean;
}

const MESSAGE: Attributes = {
  'messaging.system': 'kafka',
  'messaging.destination.name': 'orders',
  'messaging.operation.name': 'send',
};

const USER_AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15',
  'okhttp/5.1.0',
];

function queryAttributes({ system, host, port }: Datastore, text: string): Attributes {
  return {
    'db.system.name': system,
    'db.query.text': text,
    'db.operation.name': text.slice(0, text.indexOf(' ')),
    'server.address': host,
    'server.port': port,
  };
}
