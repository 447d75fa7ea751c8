/** Replaces a secret; the word that OpenTelemetry's conventions prescribe. */
const REDACTED = 'REDACTED';

/** Names of query parameters whose values are credentials. */
const SECRET_NAME =
  /^(?:x-(?:amz|goog)-(?:signature|credential|security-token)|awsaccesskeyid|signature|sig|.*(?:token|secret|passw(?:or)?d|pwd|key|code|auth|jwt|session(?:[-_]?id)?|credentials?))$/iu;

/**
 * Returns a URL as it may be stored and shown: user, password and the values of query parameters
 * that are credentials by their name give way to `REDACTED`. The rest stays as it was written; a
 * text that is no URL comes back as it is.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/attributes-registry/url/
 */
export function redactedUrl(url: string): string {
  const [address, query] = cut(url, '?');
  const withoutUser = address.replace(
    /^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/iu,
    (_, scheme: string) => `${scheme}${REDACTED}:${REDACTED}@`,
  );
  return query === undefined ? withoutUser : `${withoutUser}?${redactedQuery(query)}`;
}

function redactedQuery(query: string): string {
  const [parameters, fragment] = cut(query, '#');
  const kept = parameters.split('&').map((parameter) => {
    const [name, value] = cut(parameter, '=');
    return value !== undefined && SECRET_NAME.test(plain(name)) ? `${name}=${REDACTED}` : parameter;
  });
  return kept.join('&') + (fragment === undefined ? '' : `#${redactedQuery(fragment)}`);
}

function plain(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return name;
    throw error;
  }
}

function cut(text: string, at: string): [before: string, after?: string] {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + at.length)];
}
