import type { Description } from './description.ts';
import { isMap, listOf, mapOf, textOf } from './json-map.ts';

/**
 * Returns the urls of the servers that a description names, variables filled in by their defaults,
 * relative ones by where the description was read from; those that are no http url are left out.
 * @param readFrom the url of the description; undefined for a file
 */
export function serverUrls(
  { root, dialect }: Description,
  readFrom: string | undefined,
): readonly string[] {
  const written = dialect === '2.0' ? swaggerUrls(root, readFrom) : urlsOf(root['servers']);
  // Without servers it is the root of where the description is served.
  const all = written.length === 0 && readFrom !== undefined ? ['/'] : written;
  return all.flatMap((url) => absolute(url, readFrom) ?? []);
}

/**
 * Returns the servers that a path or an operation names for itself, likewise; undefined where it
 * names none.
 */
export function ownServers(
  owners: readonly unknown[],
  readFrom: string | undefined,
): readonly string[] | undefined {
  const owner = owners.find((one) => listOf(mapOf(one)['servers']).length > 0);
  if (owner === undefined) return undefined;
  return urlsOf(mapOf(owner)['servers']).flatMap((url) => absolute(url, readFrom) ?? []);
}

function urlsOf(servers: unknown): readonly string[] {
  return listOf(servers)
    .filter(isMap)
    .map((server) => {
      const variables = mapOf(server['variables']);
      return (textOf(server['url']) ?? '/').replaceAll(/\{([^{}]+)\}/gu, (text, name: string) => {
        const variable = Object.hasOwn(variables, name) ? mapOf(variables[name]) : {};
        const value = variable['default'] ?? listOf(variable['enum'])[0];
        if (typeof value === 'number') return String(value);
        return typeof value === 'string' ? value : text;
      });
    });
}

function swaggerUrls(root: Description['root'], readFrom: string | undefined): readonly string[] {
  const host = textOf(root['host']);
  const path = textOf(root['basePath']) ?? '/';
  if (host === undefined) return readFrom === undefined ? [] : [path];
  const schemes = listOf(root['schemes']);
  const known = (['https', 'http'] as const).filter((scheme) => schemes.includes(scheme));
  const own = readFrom?.startsWith('http:') ? 'http' : 'https';
  const scheme = known.includes(own) ? own : (known[0] ?? own);
  return [`${scheme}://${host}${path.startsWith('/') ? path : `/${path}`}`];
}

/** Without a query, a fragment, a user and a closing slash, as targets of a scenario are. */
function absolute(text: string, readFrom: string | undefined): string | undefined {
  if (text.includes('{')) return undefined;
  const url = URL.parse(text, readFrom);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  return `${url.origin}${url.pathname.replace(/\/+$/u, '')}`;
}
