import { allEntries } from '../flow-walk.ts';
import type { Problem } from '../problem.ts';
import { select, selectTexts } from '../select.ts';

/** Urls that are http whatever the environment says; of others the driver finds it. */
const HTTP_URL = /^(?:http:|\$\{(?:services|proxies)\.[^}]*\})/iu;

/**
 * Returns a problem for every target that is called over HTTP/2 in the clear and through a proxy: an
 * HTTP proxy forwards such requests as HTTP/1.1 only, so it would be spoken to in a language that it
 * does not know. An https url goes through by CONNECT, whatever is spoken behind it.
 */
export function viaProblems(file: unknown): Problem[] {
  return selectTexts(file, ['targets', '*', 'via']).flatMap(({ path }): Problem[] => {
    const target = String(path[1]);
    const [url] = selectTexts(file, ['targets', target, 'url']);
    const protocol = protocolOf(file, target);
    if (protocol === 'http1' || url === undefined || !HTTP_URL.test(url.value)) return [];
    const message = `via cannot stand beside ${protocol} to an http url, got ${url.value}`;
    const hint = `Give ${target} an https url, which goes through the proxy by CONNECT, or leave via out.`;
    return [{ path, part: 'key', message, hint }];
  });
}

function protocolOf(file: unknown, target: string): string {
  const [given] = selectTexts(file, ['targets', target, 'protocol']);
  if (given !== undefined) return given.value;
  const isGrpc =
    select(file, ['targets', target, 'grpc']).length > 0 ||
    allEntries(file).some(
      ({ value }) =>
        selectTexts(value, ['target'])[0]?.value === target && select(value, ['grpc']).length > 0,
    );
  return isGrpc ? 'grpc' : 'http1';
}
