/** Returns what a target's URL must be, `must be ...`, where it is not; undefined where it is good. */
export function targetUrlFault(text: string): string | undefined {
  if (!/^https?:\/\//u.test(text)) return 'must begin with http:// or https://';
  if (!URL.canParse(text)) return 'must be a URL such as http://127.0.0.1:8080';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return 'must be a URL without user and password (send them in a header)';
  }
  if (url.search !== '' || url.hash !== '') {
    return "must be a URL without ? and # (they belong to a step's path)";
  }
  return undefined;
}
