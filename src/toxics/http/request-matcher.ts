import { textPattern } from './text-pattern.ts';

type Check = (request: RequestFacts) => boolean;

/**
 * Returns whether a request is one of those that are meant. Patterns are read once, here. A header
 * or a baggage entry that is asked for must be there; of several headers of one name the whole list
 * must fit, or one of its members.
 */
export function requestMatcher(match: RequestMatch = {}): Check {
  const checks = [...checksOf(match)];
  return (request) => checks.every((check) => check(request));
}

/** The cheapest first. */
function* checksOf(match: RequestMatch): Iterable<Check> {
  const { methods, path, trace } = match;
  if (methods) {
    const wanted = new Set(methods.map((method) => method.toUpperCase()));
    yield (request) => wanted.has(request.method);
  }
  if (path !== undefined) {
    const fits = textPattern(path, '/');
    yield (request) => fits(request.path);
  }
  if (trace !== undefined) {
    const wanted = trace.toLowerCase();
    yield (request) => request.traceId === wanted;
  }
  for (const [name, pattern] of Object.entries(match.headers ?? {})) {
    const [lowerName, fits] = [name.toLowerCase(), textPattern(pattern)];
    yield (request) => {
      const value = request.header(lowerName);
      return value !== undefined && (fits(value) || value.split(', ').some(fits));
    };
  }
  for (const [key, pattern] of Object.entries(match.baggage ?? {})) {
    const fits = textPattern(pattern);
    yield (request) => {
      const value = request.baggage(key);
      return value !== undefined && fits(value);
    };
  }
}

/**
 * Which requests a toxic works on. All that is said must hold; nothing said means every request.
 */
export interface RequestMatch {
  /** Upper case, as `GET`. */
  readonly methods?: readonly string[];
  /**
   * A pattern for the path without its query: `*` matches any characters but `/`, `**` matches any.
   */
  readonly path?: string;
  /** Patterns for header values by lower-case name: `*` matches any characters. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The trace id, in whatever format the trace context came: 32 lower-case hex digits. */
  readonly trace?: string;
  /** Entries of the W3C `baggage` header: a pattern over the decoded value by key. */
  readonly baggage?: Readonly<Record<string, string>>;
}

/** What can be known of a request from its head, whatever the version of HTTP it came in. */
export interface RequestFacts {
  /** As it came: methods know upper and lower case apart. */
  readonly method: string;
  /** As it came, without its query: not decoded. `*` for a request to the server as a whole. */
  readonly path: string;
  /**
   * Returns a header by its lower-case name, several of one name joined by `, `; undefined without.
   */
  header(name: string): string | undefined;
  /** Of its trace context; undefined where it carries none that is valid. */
  readonly traceId: string | undefined;
  /** Of the span that sent it, by the same trace context; undefined without. */
  readonly spanId: string | undefined;
  /** Returns the decoded value of an entry of its baggage; undefined where there is none. */
  baggage(key: string): string | undefined;
}
