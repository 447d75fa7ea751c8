import { entriesOf, isMap, listOf, mapOf, textOf } from './json-map.ts';
import type { Description } from './description.ts';
import { Unusable } from './references.ts';
import { encoded } from './serialize.ts';

/** What a call shows of who makes it; texts hold references to the environment, no secrets. */
export interface Credentials {
  /** By lower-case name, as headers of a scenario. */
  readonly headers: Readonly<Record<string, string>>;
  /** Pairs of a query. */
  readonly query: readonly string[];
  /** `name=value` of a cookie. */
  readonly cookies: readonly string[];
  /** The variables that they refer to. */
  readonly variables: readonly string[];
}

const NONE: Credentials = { headers: {}, query: [], cookies: [], variables: [] };

/**
 * Returns what a call of an operation needs: nothing where one of its alternatives is empty, else
 * what its first alternative asks for that can be said.
 * @throws Unusable where no alternative can
 */
export function credentialsOf(operation: unknown, description: Description): Credentials {
  const { root } = description;
  const wanted = mapOf(operation)['security'] ?? root['security'];
  const ways = listOf(wanted).filter(isMap);
  if (ways.length === 0 || ways.some((way) => Object.keys(way).length === 0)) return NONE;
  let reason = '';
  for (const way of ways) {
    try {
      return Object.keys(way)
        .map((name) => ofScheme(name, description))
        .reduce(both, NONE);
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      reason ||= error.message;
    }
  }
  throw new Unusable(reason);
}

function ofScheme(name: string, { root, references, dialect }: Description): Credentials {
  const schemes =
    dialect === '2.0' ? root['securityDefinitions'] : mapOf(root['components'])['securitySchemes'];
  const known = mapOf(schemes);
  if (!Object.hasOwn(known, name)) throw new Unusable(`security scheme ${name} is not defined`);
  const scheme = mapOf(references.follow(known[name]));
  const type = String(scheme['type']);
  const variable = variableOf(name);
  const reference = `\${env.${variable}}`;
  if (type === 'apiKey') {
    const key = textOf(scheme['name']) ?? '';
    if (scheme['in'] === 'header') return withHeader(key.toLowerCase(), reference, variable);
    if (scheme['in'] === 'query') {
      return { ...NONE, query: [`${encoded(key)}=${reference}`], variables: [variable] };
    }
    if (scheme['in'] === 'cookie') {
      return { ...NONE, cookies: [`${key}=${reference}`], variables: [variable] };
    }
    throw new Unusable(`security scheme ${name} does not say where its key goes`);
  }
  const kind = type === 'http' ? String(scheme['scheme']).toLowerCase() : type;
  if (kind === 'basic') return withHeader('authorization', `Basic ${reference}`, variable);
  if (kind === 'bearer' || kind === 'oauth2' || kind === 'openIdConnect') {
    return withHeader('authorization', `Bearer ${reference}`, variable);
  }
  throw new Unusable(`security scheme ${name} (${kind}) has no header that could be written`);
}

function withHeader(header: string, value: string, variable: string): Credentials {
  return { ...NONE, headers: { [header]: value }, variables: [variable] };
}

function both(a: Credentials, b: Credentials): Credentials {
  const twice = entriesOf(b.headers).find(([name]) => Object.hasOwn(a.headers, name));
  if (twice) throw new Unusable(`two security schemes want the header ${twice[0]}`);
  return {
    headers: { ...a.headers, ...b.headers },
    query: [...a.query, ...b.query],
    cookies: [...a.cookies, ...b.cookies],
    variables: [...a.variables, ...b.variables],
  };
}

/** Returns the variable for a name: `petstore_auth` and `petstoreAuth` are PETSTORE_AUTH. */
export function variableOf(name: string): string {
  const words = name.replaceAll(/(?<=[a-z\d])(?=[A-Z])/gu, '_').replaceAll(/[^A-Za-z\d]+/gu, '_');
  const upper = words.replaceAll(/^_+|_+$/gu, '').toUpperCase();
  return /^[A-Z]/u.test(upper) ? upper : `KEY_${upper}`;
}
