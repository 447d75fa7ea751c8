/**
 * Returns what the url of an HTTP proxy must be, `must be ...`, where it is not; undefined where it
 * is good. The text may hold a password: it is not to be shown.
 */
export function viaUrlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'http:' || url.hostname === '') {
    return 'must be the URL of an HTTP proxy such as http://127.0.0.1:3128';
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return 'must be the URL of a proxy: host and port, and nothing behind them';
  }
  return undefined;
}
