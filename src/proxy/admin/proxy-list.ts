import type { ProxySpec, Toxic } from '../../faults/index.ts';
import { placed } from './api-error.ts';
import type { JsonNode } from './json-node.ts';
import { readFirstValue, readOnlyValue } from './json-reader.ts';
import { decodeProxies, proxySpec, type ProxyInput } from './proxy-json.ts';
import { jsonBody } from './read-body.ts';
import { decodeToxics } from './toxic-input.ts';

/** A proxy of a list that shall stand. */
export interface WantedProxy {
  readonly spec: ProxySpec;
  /** What of callgauge's own the list says; a proxy that stands keeps what it does not say. */
  readonly said: Pick<ProxyInput, 'protocol' | 'callerFaults'>;
  readonly enabled: boolean;
  readonly toxics: readonly Toxic[];
  /** `proxy 2 (payment)`. */
  readonly place: string;
}

/**
 * Returns the proxies that the body of a request asks for. Their `toxics` are ignored, as by
 * Toxiproxy: a client may send back what it was shown.
 * @throws ApiError 400
 */
export function readPopulation(body: Buffer): readonly WantedProxy[] {
  const node = jsonBody(body, readFirstValue);
  return wantedProxies(node).map((proxy) => ({ ...proxy, toxics: [] }));
}

/**
 * Returns the proxies that a file asks for, with their toxics.
 * @throws ApiError 400 with its place, where something comes after the list as well.
 */
export function readProxyList(file: Buffer): readonly WantedProxy[] {
  return wantedProxies(jsonBody(file, readOnlyValue), decodeToxics);
}

function wantedProxies(
  node: JsonNode,
  toxicsOf: (nodes: readonly JsonNode[]) => readonly Toxic[] = () => [],
): WantedProxy[] {
  return inputsOf(node).map((input, i) => {
    const place = placeOf(i, input.name);
    return placed(place, () => ({
      spec: proxySpec(input, ` at proxy ${i + 1}`),
      said: input,
      enabled: input.enabled ?? true,
      toxics: toxicsOf(input.toxics),
      place,
    }));
  });
}

/** All of the list is decoded at once, as in Go; the place of what is wrong is looked for after that. */
function inputsOf(node: JsonNode): readonly ProxyInput[] {
  try {
    return decodeProxies(node);
  } catch (error) {
    const items = node.kind === 'array' ? node.items : [];
    for (const [i, item] of items.entries()) {
      placed(placeOf(i), () => decodeProxies({ kind: 'array', items: [item] }));
    }
    throw error;
  }
}

function placeOf(index: number, name = ''): string {
  return name === '' ? `proxy ${index + 1}` : `proxy ${index + 1} (${name})`;
}
