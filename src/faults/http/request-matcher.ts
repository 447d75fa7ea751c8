import type { RequestFacts } from './request-facts.ts';
import type { RequestMatch } from './request-match.ts';
import { textPattern } from './text-pattern.ts';

type Check = (request: RequestFacts) => boolean;

/**
 * Returns whether a request is one of those that are meant. Patterns are read once, here. A header or
 * a baggage entry that is asked for must be there; of several headers of one name the whole list must
 * fit, or one of its members.
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
