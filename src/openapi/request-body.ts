import type { Description } from './description.ts';
import { exampleOfSchema, namedExample, type ExampleValue } from './example-value.ts';
import { entriesOf, isMap, listOf, mapOf, type JsonMap } from './json-map.ts';
import { valueOf, type Parameter } from './parameters.ts';
import { Unusable } from './references.ts';

/** A body as a scenario has it: the key of the request, and its value. */
export interface Body {
  readonly key: 'json' | 'form' | 'multipart';
  readonly value: unknown;
  readonly origin: ExampleValue['origin'];
}

const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';

/**
 * Returns the body of an operation; undefined where it has none.
 * @throws Unusable where none can be made: files, and types that are neither JSON nor forms
 */
export function bodyOf(
  operation: JsonMap,
  parameters: readonly Parameter[],
  description: Description,
): Body | undefined {
  return description.dialect === '2.0'
    ? swaggerBody(operation, parameters, description)
    : contentBody(operation, description);
}

function contentBody(operation: JsonMap, { references }: Description): Body | undefined {
  const requestBody = references.follow(operation['requestBody']);
  if (!isMap(requestBody)) return undefined;
  const contents = entriesOf(requestBody['content']);
  const found =
    contents.find(([type]) => isJson(type)) ??
    contents.find(([type]) => keyOf(type) !== undefined) ??
    contents[0];
  if (found === undefined) return undefined;
  const [type, written] = found;
  const key = keyOf(type);
  if (key === undefined) throw new Unusable(`its body is ${type}`);
  const media = mapOf(references.follow(written));
  const { value, origin } = inBody(
    () => namedExample(media, references) ?? exampleOfSchema(media['schema'], references),
  );
  const schema = mapOf(references.follow(media['schema']));
  if (key === 'multipart') refuseFiles(mapOf(schema['properties']));
  return { key, value: key === 'json' ? value : fieldsOf(value), origin };
}

function swaggerBody(
  operation: JsonMap,
  parameters: readonly Parameter[],
  { root, dialect, references }: Description,
): Body | undefined {
  const body = parameters.find((parameter) => parameter.in === 'body');
  if (body) {
    const { value, origin } = inBody(() => exampleOfSchema(body.written['schema'], references));
    return { key: 'json', value, origin };
  }
  const fields = parameters.filter((one) => one.in === 'formData' && one.isRequired);
  if (fields.length === 0) return undefined;
  if (fields.some(({ written }) => written['type'] === 'file')) {
    throw new Unusable('its body holds a file');
  }
  const consumes = listOf(operation['consumes'] ?? root['consumes']);
  const values = fields.map((field) => [field.name, valueOf(field, dialect, references)] as const);
  return {
    key: consumes.includes(MULTIPART) && !consumes.includes(FORM) ? 'multipart' : 'form',
    value: fieldsOf(Object.fromEntries(values.map(([name, { value }]) => [name, value]))),
    origin: values.every(([, { origin }]) => origin === 'given') ? 'given' : 'made',
  };
}

function keyOf(type: string): Body['key'] | undefined {
  if (isJson(type)) return 'json';
  if (type.startsWith(FORM)) return 'form';
  return type.startsWith(MULTIPART) ? 'multipart' : undefined;
}

function isJson(type: string): boolean {
  return /^application\/(?:[\w.+-]+\+)?json(?:\s*;.*)?$|^\*\/\*$/iu.test(type);
}

function refuseFiles(properties: JsonMap): void {
  const isFile = (schema: unknown): boolean =>
    ['binary', 'base64'].includes(String(mapOf(schema)['format'])) ||
    mapOf(schema)['contentMediaType'] !== undefined;
  if (Object.values(properties).some(isFile)) throw new Unusable('its body holds a file');
}

/** Fields of a form hold texts; what is more is JSON, as OpenAPI has it. */
function fieldsOf(value: unknown): JsonMap {
  if (!isMap(value)) throw new Unusable('its form is no map');
  const text = (item: unknown): string =>
    typeof item === 'string' ? item : (JSON.stringify(item) ?? '');
  return Object.fromEntries(
    entriesOf(value).map(([name, item]) => [
      name,
      Array.isArray(item) ? item.map(text) : text(item),
    ]),
  );
}

function inBody(make: () => ExampleValue): ExampleValue {
  try {
    return make();
  } catch (error) {
    if (error instanceof Unusable) throw new Unusable(`body: ${error.message}`);
    throw error;
  }
}
