import type { ProxySpec } from '../../faults/index.ts';
import type { ProxyState } from '../proxy-control.ts';
import { badBody, missingField } from './api-error.ts';
import type { JsonDecoding } from './json-decoding.ts';
import { jsonArray, jsonObject, jsonString, type JsonText } from './json-encoding.ts';
import type { JsonNode } from './json-node.ts';
import { decoded } from './read-body.ts';
import { toxicJson } from './toxic-json.ts';

/** What a body says of a proxy; what it does not say is absent. */
export interface ProxyInput {
  readonly name?: string;
  readonly listen?: string;
  readonly upstream?: string;
  readonly enabled?: boolean;
  readonly protocol?: ProxySpec['protocol'];
  readonly callerFaults?: boolean;
  /** Each as a body of its own would say it. */
  readonly toxics: readonly JsonNode[];
}

/** Of a proxy's or a toxic's name, in UTF-16 units: it is a label of every metric. */
const NAME_LENGTH_MAX = 255;

/** @throws ApiError 400 where a name is longer than a name may be. */
export function refuseLongName(name: string, place = ''): void {
  if (name.length <= NAME_LENGTH_MAX) return;
  throw badBody(`name is over ${NAME_LENGTH_MAX} characters${place}`);
}

/**
 * Returns the proxy that is to be made.
 * @throws ApiError 400 where the name or the upstream is missing, or cannot be; `place` is said behind the field.
 */
export function proxySpec(input: ProxyInput, place = ''): ProxySpec {
  const { name = '', listen = '', upstream = '', protocol = 'tcp', callerFaults = false } = input;
  if (name === '') throw missingField(`name${place}`);
  if (upstream === '') throw missingField(`upstream${place}`);
  refuseLongName(name, place);
  if (callerFaults && protocol !== 'http') {
    throw badBody(`callerFaults needs protocol "http", got "${protocol}"${place}`);
  }
  return { name, listen, upstream, protocol, callerFaults };
}

/**
 * Returns what a body says of one proxy.
 * @throws ApiError 400
 */
export function decodeProxy(node: JsonNode): ProxyInput {
  return decoded((decoding) => proxyInput(decoding, node, ONE));
}

/**
 * Returns what a body says of many proxies.
 * @throws ApiError 400
 */
export function decodeProxies(node: JsonNode): readonly ProxyInput[] {
  return decoded((decoding) =>
    decoding.items(node, '', `[]${MANY.type}`).map((item) => proxyInput(decoding, item, MANY)),
  );
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

/** The Go types that Toxiproxy decodes a proxy into, which its messages name. */
interface GoTypes {
  readonly type: string;
  readonly struct: string;
  readonly enabled: string;
}

const ONE: GoTypes = { type: 'toxiproxy.Proxy', struct: 'Proxy', enabled: 'Proxy.enabled' };
const MANY: GoTypes = {
  type: 'struct { toxiproxy.Proxy; Enabled *bool "json:\\"enabled\\"" }',
  struct: '.Proxy',
  enabled: '.enabled',
};
const FIELDS = ['name', 'listen', 'upstream', 'enabled', 'protocol', 'callerFaults', 'toxics'];

function proxyInput(decoding: JsonDecoding, node: JsonNode, go: GoTypes): ProxyInput {
  const texts: Record<string, string> = {};
  const flags: Record<string, boolean> = {};
  let toxics: readonly JsonNode[] = [];
  for (const [field, value] of decoding.entries(node, FIELDS, '', go.type)) {
    const place = field === 'enabled' ? go.enabled : `${go.struct}.${field}`;
    if (field === 'toxics') {
      toxics = decoding.items(value, place, '[]toxics.Toxic');
    } else if (field === 'enabled' || field === 'callerFaults') {
      const flag = decoding.bool(value, place);
      if (flag !== undefined) flags[field] = flag;
    } else {
      const text = decoding.string(value, place);
      if (text !== undefined) texts[field] = text;
    }
  }
  const { protocol, ...addresses } = texts;
  return { ...addresses, ...flags, ...withProtocol(protocol), toxics };
}

function withProtocol(protocol: string | undefined): Pick<ProxyInput, 'protocol'> {
  if (protocol === undefined) return {};
  if (protocol === 'tcp' || protocol === 'http') return { protocol };
  throw badBody(`protocol must be "tcp" or "http", got ${JSON.stringify(protocol)}`);
}
