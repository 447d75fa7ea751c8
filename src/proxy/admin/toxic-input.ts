import { invariant } from '../../core/index.ts';
import {
  settingsFromWire,
  TOXIC_KINDS,
  wireName,
  type Direction,
  type SettingValues,
  type Toxic,
  type ToxicKind,
} from '../../faults/index.ts';
import { ApiError, badBody, placed } from './api-error.ts';
import type { JsonDecoding } from './json-decoding.ts';
import { plainValue, type JsonNode } from './json-node.ts';
import { refuseLongName } from './proxy-json.ts';
import { decoded } from './read-body.ts';
import { decodeExtras } from './toxic-extras.ts';

/**
 * Returns the toxic that a body asks for. `isTaken` says whether the proxy has one of this name.
 * @throws ApiError 400, 409
 */
export function decodeToxic(node: JsonNode, isTaken: (name: string) => boolean): Toxic {
  const head = decoded((decoding) => toxicHead(decoding, node));
  const stream = directionOf(head.stream);
  const name = head.name === '' ? `${head.type}_${head.stream}` : head.name;
  const kind = TOXIC_KINDS.get(head.type);
  if (kind === undefined) throw new ApiError('invalid toxic type', 400);
  refuseLongName(name);
  if (isTaken(name)) throw new ApiError('toxic already exists', 409);
  const settings = decoded((decoding) => settingsOf(decoding, kind, head.attributes));
  const { type, toxicity } = head;
  return { name, type, stream, toxicity, settings, ...decodeExtras(node, kind) };
}

/**
 * Returns the toxics that a list asks for, which are to be on one proxy.
 * @throws ApiError 400, 409
 */
export function decodeToxics(nodes: readonly JsonNode[]): readonly Toxic[] {
  const taken = new Set<string>();
  return nodes.map((node, i) => {
    const toxic = placed(`toxic ${i + 1}`, () => decodeToxic(node, (name) => taken.has(name)));
    taken.add(toxic.name);
    return toxic;
  });
}

/**
 * Returns what a body changes of a toxic: its attributes and its toxicity; the rest is ignored.
 * @throws ApiError 400
 */
export function decodeToxicChange(
  node: JsonNode,
  toxic: Toxic,
): { readonly settings: SettingValues; readonly toxicity: number } {
  const kind = TOXIC_KINDS.get(toxic.type);
  invariant(kind, `the catalogue has the type ${toxic.type} of a toxic that is on a proxy`);
  return decoded((decoding) => {
    let { toxicity } = toxic;
    const attributes: JsonNode[] = [];
    for (const [field, value] of decoding.entries(node, CHANGE_FIELDS, '', CHANGE_TYPE)) {
      if (field === 'attributes') attributes.push(value);
      else toxicity = decoding.float32(value, '.toxicity') ?? toxicity;
    }
    const place = { place: '.attributes', type: `toxics.${goStruct(toxic.type)}` };
    const settings = settingsOf(decoding, kind, attributes, { ...place, base: toxic.settings });
    return { settings, toxicity };
  });
}

const HEAD_FIELDS = ['attributes', 'name', 'type', 'stream', 'toxicity'];
const CHANGE_FIELDS = ['attributes', 'toxicity'];
/** The Go types that Toxiproxy decodes a toxic into, which its messages name. */
const HEAD_TYPE = 'toxics.ToxicWrapper';
const HEAD_ATTRIBUTES = { place: 'ToxicWrapper.attributes', type: 'toxics.NoopToxic' };
const CHANGE_TYPE =
  'struct { Attributes interface {} "json:\\"attributes\\""; Toxicity float32 "json:\\"toxicity\\"" }';

interface ToxicHead {
  readonly name: string;
  readonly type: string;
  readonly stream: string;
  readonly toxicity: number;
  /** One per time that the key was there. */
  readonly attributes: readonly JsonNode[];
}

function toxicHead(decoding: JsonDecoding, node: JsonNode): ToxicHead {
  const texts = { name: '', type: '', stream: 'downstream' };
  const attributes: JsonNode[] = [];
  let toxicity = 1;
  for (const [field, value] of decoding.entries(node, HEAD_FIELDS, '', HEAD_TYPE)) {
    const place = `ToxicWrapper.${field}`;
    if (field === 'attributes') {
      decoding.entries(value, [], HEAD_ATTRIBUTES.place, HEAD_ATTRIBUTES.type);
      attributes.push(value);
    } else if (field === 'toxicity') {
      toxicity = decoding.float32(value, place) ?? toxicity;
    } else if (field === 'name' || field === 'type' || field === 'stream') {
      texts[field] = decoding.string(value, place) ?? texts[field];
    }
  }
  return { ...texts, toxicity, attributes };
}

function directionOf(stream: string): Direction {
  const direction = stream.toLowerCase();
  if (direction === 'upstream' || direction === 'downstream') return direction;
  throw new ApiError('stream was invalid, can be either upstream or downstream', 400);
}

interface AttributesPlace {
  readonly place: string;
  readonly type: string;
  readonly base?: SettingValues;
}

function settingsOf(
  decoding: JsonDecoding,
  kind: ToxicKind,
  attributes: readonly JsonNode[],
  { place, type, base }: AttributesPlace = HEAD_ATTRIBUTES,
): SettingValues {
  const told = attributes.flatMap((node) =>
    kind.isToxiproxys
      ? wholeNumbers(decoding, kind, node, { place, type })
      : anyValues(decoding, node, { place, type }),
  );
  // What is of the wrong type will be refused by `decoding`, in Go's words.
  const read = settingsFromWire(kind, Object.fromEntries(told), base);
  if (!('faults' in read)) return read.values;
  const faults = read.faults.map(
    ({ name, seen, wanted }) =>
      `attributes.${name}: got ${JSON.stringify(seen) ?? 'nothing'}, wanted ${wanted}`,
  );
  throw badBody(decoding.mismatch ?? faults.join('; '));
}

/** Attributes of Toxiproxy's own kinds are whole numbers, under names in any case. */
function wholeNumbers(
  decoding: JsonDecoding,
  kind: ToxicKind,
  node: JsonNode,
  { place, type }: AttributesPlace,
): (readonly [name: string, value: number])[] {
  const names = Object.values(kind.settings).map((setting) => wireName(setting));
  return decoding.entries(node, names, place, type).flatMap(([name, value]) => {
    const field = `${goStruct(kind.type)}.attributes.${name}`;
    const whole = decoding.integer(value, field, kind.type === 'slicer' ? 'int' : 'int64');
    return whole === undefined ? [] : [[name, whole] as const];
  });
}

function anyValues(
  decoding: JsonDecoding,
  node: JsonNode,
  { place, type }: AttributesPlace,
): (readonly [name: string, value: unknown])[] {
  if (node.kind === 'object') {
    return node.entries.map(([name, value]) => [name, plainValue(value)]);
  }
  if (node.kind !== 'null') decoding.refuse(node, place, type);
  return [];
}

/** `latency` is a `LatencyToxic`; one type is named unlike its toxic. */
function goStruct(type: string): string {
  if (type === 'reset_peer') return 'ResetToxic';
  const words = type.split('_').map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  return `${words.join('')}Toxic`;
}
