import type { Description } from './description.ts';
import { entriesOf, type JsonMap } from './json-map.ts';
import { parametersOf, styleOf, valueOf, type Parameter } from './parameters.ts';
import { Unusable } from './references.ts';
import { bodyOf, type Body } from './request-body.ts';
import { credentialsOf, variableOf } from './security.ts';
import { encoded, pathPart, plainText, queryPairs } from './serialize.ts';

/** What an operation sends, as a scenario writes it: its texts hold references, and no others. */
export interface OperationRequest {
  /** Filled in, with its query, percent-encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
  /** The variables of the environment that it refers to. */
  readonly variables: readonly string[];
  /** Path parameters whose value may name nothing that is there: `petId=1`. */
  readonly ids: readonly string[];
  /** Other parameters, and `body`, whose value was made from the schema alone. */
  readonly made: readonly string[];
  /** Parameters that need not be sent, and are not. */
  readonly optional: readonly string[];
}

/** Headers that callgauge sends by itself, and what OpenAPI ignores as a parameter. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  ...['connection', 'content-length', 'transfer-encoding', 'traceparent', 'tracestate'],
  ...['accept', 'content-type'],
]);
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u;
/** Parameters that hold secrets are taken from the environment, whatever example they have. */
const SECRET_HEADER = /authorization|api-?key|token|secret|password/iu;
const SECRET_QUERY = /^(?:api[-_]?key|access[-_]?token|auth[-_]?token|token|secret|password)$/iu;

/**
 * Returns what an operation sends: its required parameters with example values, its body, and what
 * its security wants.
 * @throws Unusable where that cannot be made
 */
export function requestOf(
  written: { readonly template: string; readonly item: JsonMap; readonly operation: JsonMap },
  description: Description,
): OperationRequest {
  const { template, item, operation } = written;
  const parameters = parametersOf(item, operation, description.references);
  const parts = new RequestParts(description);
  for (const parameter of parameters) parts.add(parameter);
  const body = bodyOf(operation, parameters, description);
  const credentials = credentialsOf(operation, description);
  return {
    ...parts.request(template, credentials),
    body: body && { ...body, value: plainValue(body.value) },
    made: [...parts.made, ...(body?.origin === 'made' ? ['body'] : [])],
  };
}

class RequestParts {
  readonly made: string[] = [];
  readonly #description: Description;
  readonly #inPath = new Map<string, string>();
  readonly #query: string[] = [];
  readonly #headers: Record<string, string> = {};
  readonly #cookies: string[] = [];
  readonly #variables: string[] = [];
  readonly #ids: string[] = [];
  readonly #optional: string[] = [];

  constructor(description: Description) {
    this.#description = description;
  }

  add(parameter: Parameter): void {
    const { name, in: place } = parameter;
    if (place === 'body' || place === 'formData') return;
    const header = name.toLowerCase();
    if (place === 'header' && OWN_HEADERS.has(header)) return;
    if (!parameter.isRequired) {
      this.#optional.push(name);
      return;
    }
    if (place === 'header' && !HEADER_NAME.test(name)) {
      throw new Unusable(`parameter ${name} is no name of a header`);
    }
    if (place !== 'path' && (place === 'header' ? SECRET_HEADER : SECRET_QUERY).test(name)) {
      this.#addSecret(name, place);
      return;
    }
    const { dialect, references } = this.#description;
    const { value, origin } = valueOf(parameter, dialect, references);
    const style = styleOf(parameter, dialect);
    if (place === 'path') {
      const text = pathPart(value, style);
      this.#inPath.set(name, text);
      this.#ids.push(`${name}=${text}`);
      return;
    }
    if (origin === 'made') this.made.push(name);
    if (place === 'query') this.#query.push(...queryPairs(value, style));
    else if (place === 'header') this.#headers[header] = headerText(plainText(value, style), name);
    else this.#cookies.push(`${name}=${headerText(plainText(value, style), name)}`);
  }

  request(
    template: string,
    { headers, query, cookies, variables }: ReturnType<typeof credentialsOf>,
  ): Omit<OperationRequest, 'body' | 'made'> {
    const twice = entriesOf(headers).find(([name]) => Object.hasOwn(this.#headers, name));
    const own = twice ? {} : headers;
    const allCookies = [...this.#cookies, ...cookies];
    return {
      path: withQuery(this.#pathOf(template), [...this.#query, ...query]),
      headers: {
        ...this.#headers,
        ...own,
        ...(allCookies.length > 0 && { cookie: allCookies.join('; ') }),
      },
      variables: [...new Set([...this.#variables, ...(twice ? [] : variables)])],
      ids: this.#ids,
      optional: this.#optional,
    };
  }

  #addSecret(name: string, place: 'query' | 'header' | 'cookie'): void {
    const variable = variableOf(name);
    const reference = `\${env.${variable}}`;
    this.#variables.push(variable);
    if (place === 'query') this.#query.push(`${encoded(name)}=${reference}`);
    else if (place === 'header') this.#headers[name.toLowerCase()] = reference;
    else this.#cookies.push(`${name}=${reference}`);
  }

  #pathOf(template: string): string {
    if (template.includes('#')) throw new Unusable('its path holds a #');
    const filled = template.replaceAll(/\{([^{}]*)\}|[^{]+|\{/gu, (text, name?: string) => {
      if (name === undefined) return literal(text);
      const value = this.#inPath.get(name);
      if (value !== undefined) return value;
      // Many descriptions leave out what they think is plain.
      this.#ids.push(`${name}=1`);
      return '1';
    });
    return filled;
  }
}

/** What may not stand in a path is encoded; what is encoded, and a query, stay. */
function literal(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\w\-.~!$&'()*+,;=:@/?%]/gu, (character) => encodeURIComponent(character));
}

function withQuery(path: string, pairs: readonly string[]): string {
  if (pairs.length === 0) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${pairs.join('&')}`;
}

function headerText(text: string, name: string): string {
  if (/\p{Cc}/u.test(text)) throw new Unusable(`parameter ${name}: a header cannot hold its value`);
  return plain(text.toWellFormed());
}

/** Returns a text in which no reference is meant. */
function plain(text: string): string {
  return text.replaceAll('${', () => '$${');
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'string') return plain(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(entriesOf(value).map(([key, item]) => [plain(key), plainValue(item)]));
}
