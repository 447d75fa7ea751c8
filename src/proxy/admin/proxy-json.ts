import type { ProxySpec, Toxic } from '../../toxics/index.ts';
import type { ProxyState } from '../proxy-control.ts';
import { badBody, missingField, located, refuseLongName } from './api-error.ts';
import {
  booleanField,
  fieldsOf,
  itemsOf,
  jsonArray,
  jsonObject,
  jsonString,
  type JsonText,
  parseBody,
  stringField,
} from './admin-json.ts';
import { decodeToxics, toxicJson } from './toxic-json.ts';

/** What a body says of a proxy; what it does not say is absent. */
export interface ProxyInput {
  readonly name?: string;
  readonly listen?: string;
  readonly upstream?: string;
  readonly enabled?: boolean;
  readonly protocol?: ProxySpec['protocol'];
  readonly callerFaults?: boolean;
  /** Each as a body of its own would say it. */
  readonly toxics: readonly unknown[];
}

/**
 * Returns the proxy that is to be made.
 * @throws ApiError 400 where the name or the upstream is missing, or cannot be; `location` is said
 * behind the field.
 */
export function proxySpec(input: ProxyInput, location = ''): ProxySpec {
  const { name = '', listen = '', upstream = '', protocol = 'tcp', callerFaults = false } = input;
  if (name === '') throw missingField(`name${location}`);
  if (upstream === '') throw missingField(`upstream${location}`);
  refuseLongName(name, location);
  if (callerFaults && protocol !== 'http') {
    throw badBody(`callerFaults needs protocol "http", got "${protocol}"${location}`);
  }
  return { name, listen, upstream, protocol, callerFaults };
}

/**
 * Returns what a body says of one proxy.
 * @throws ApiError 400
 */
export function decodeProxy(body: unknown): ProxyInput {
  const fields = fieldsOf(body, '');
  const said = {
    name: stringField(fields, 'name'),
    listen: stringField(fields, 'listen'),
    upstream: stringField(fields, 'upstream'),
    enabled: booleanField(fields, 'enabled'),
    protocol: protocolOf(stringField(fields, 'protocol')),
    callerFaults: booleanField(fields, 'callerFaults'),
  };
  const present = Object.entries(said).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(present), toxics: itemsOf(fields.get('toxics'), 'toxics') };
}

/** Returns a proxy as Toxiproxy writes it, with what is callgauge's own only where it is set. */
export function proxyJson(proxy: ProxyState): JsonText {
  return jsonObject([
    ['name', jsonString(proxy.name)],
    ['listen', jsonString(proxy.listen)],
    ['upstream', jsonString(proxy.upstream)],
    ['enabled', String(proxy.enabled)],
    ...(proxy.protocol === 'tcp' ? [] : ([['protocol', jsonString(proxy.protocol)]] as const)),
    ...(proxy.callerFaults ? ([['callerFaults', 'true']] as const) : []),
    ['toxics', jsonArray(proxy.toxics.map(toxicJson))],
  ]);
}

/**
 * How a proxy reads what passes cannot change under its connections.
 * @throws ApiError 400 where a body asks for that.
 */
export function refuseOtherKind(state: ProxyState, input: ProxyInput): void {
  for (const key of ['protocol', 'callerFaults'] as const) {
    const [is, wanted] = [state[key], input[key]];
    if (wanted === undefined || wanted === is) continue;
    throw badBody(`${key} cannot change, it is ${JSON.stringify(is)}: make the proxy anew`);
  }
}

function protocolOf(protocol: string | undefined): ProxySpec['protocol'] | undefined {
  if (protocol === undefined || protocol === 'tcp' || protocol === 'http') return protocol;
  throw badBody(`protocol must be "tcp" or "http", got ${JSON.stringify(protocol)}`);
}

/** A proxy that a list asks for. */
export interface WantedProxy {
  readonly spec: ProxySpec;
  /** callgauge's own fields in the list; an existing proxy keeps those that are absent. */
  readonly said: Pick<ProxyInput, 'protocol' | 'callerFaults'>;
  readonly enabled: boolean;
  readonly toxics: readonly Toxic[];
  /** `proxy 2 (payment)`. */
  readonly location: string;
}

/**
 * Returns the proxies that the body of a request asks for. Their `toxics` are ignored, as by
 * Toxiproxy: a client may send back what it was shown.
 * @throws ApiError 400
 */
export function readPopulation(body: Buffer): readonly WantedProxy[] {
  return wantedProxies(parseBody(body), () => []);
}

/**
 * Returns the proxies that a file asks for, with their toxics.
 * @throws ApiError 400 with its location
 */
export function readProxyList(file: Buffer): readonly WantedProxy[] {
  return wantedProxies(parseBody(file), decodeToxics);
}

/**
 * Every type is checked before the first field is missed: Toxiproxy decodes the whole list first.
 */
function wantedProxies(
  body: unknown,
  toxicsOf: (bodies: readonly unknown[]) => readonly Toxic[],
): WantedProxy[] {
  const inputs = itemsOf(body, '').map((item, i) =>
    located(locationOf(i), () => decodeProxy(item)),
  );
  return inputs.map((input, i) => {
    const location = locationOf(i, input.name);
    return located(location, () => ({
      spec: proxySpec(input, ` at proxy ${i + 1}`),
      said: input,
      enabled: input.enabled ?? true,
      toxics: toxicsOf(input.toxics),
      location,
    }));
  });
}

function locationOf(index: number, name = ''): string {
  return name === '' ? `proxy ${index + 1}` : `proxy ${index + 1} (${name})`;
}
