import { errorText, HarnessError } from '../../core/index.ts';
import { formatEndpoint, resolveListen } from '../endpoint.ts';

/** Of a proxy's or a toxic's name, in UTF-16 units: it is a label of every metric. */
const NAME_LENGTH_MAX = 255;

/** What a request of the admin API is refused with: Toxiproxy's text and status. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Where in a list of proxies, `proxy 2 (payment), toxic 1`; empty where it is in none. */
  readonly location: string;
  /** Whether the system refused what is no mistake of who asked: a port that is taken, say. */
  readonly isOfSystem: boolean;
  /** The fix, for who asks at the command line; empty for none that is known. */
  readonly hint: string;

  constructor(
    message: string,
    status: number,
    {
      location = '',
      isOfSystem = false,
      hint = '',
    }: { location?: string; isOfSystem?: boolean; hint?: string } = {},
  ) {
    super(message);
    this.status = status;
    this.location = location;
    this.isOfSystem = isOfSystem;
    this.hint = hint;
  }

  /** Returns the same refusal, inside an outer location. */
  within(location: string): ApiError {
    const { message, status, isOfSystem, hint } = this;
    const inner = this.location === '' ? '' : `, ${this.location}`;
    return new ApiError(message, status, { location: `${location}${inner}`, isOfSystem, hint });
  }
}

/** Returns what `work` does; a refusal that it throws is said to be in this location. */
export function located<T>(location: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ApiError ? error.within(location) : error;
  }
}

/** Returns the refusal of a body that cannot be taken, for this reason. */
export function badBody(reason: string): ApiError {
  return new ApiError(`bad request body: ${reason}`, 400);
}

/** Returns the refusal of a body without a field that must be there. */
export function missingField(field: string): ApiError {
  return new ApiError(`missing required field: ${field}`, 400);
}

/** @throws ApiError 400 where a name is longer than a name may be. */
export function refuseLongName(name: string, location = ''): void {
  if (name.length <= NAME_LENGTH_MAX) return;
  throw badBody(`name is over ${NAME_LENGTH_MAX} characters${location}`);
}

/** Returns what the API answers for an error of the proxies; undefined for a bug of callgauge. */
export function apiErrorOf(thrown: unknown): ApiError | undefined {
  if (thrown instanceof ApiError) return thrown;
  if (!(thrown instanceof HarnessError)) return undefined;
  switch (thrown.code) {
    case 'PROXY_NOT_FOUND':
      return new ApiError('proxy not found', 404);
    case 'PROXY_EXISTS':
      return new ApiError('proxy already exists', 409);
    case 'TOXIC_NOT_FOUND':
      return new ApiError('toxic not found', 404);
    case 'TOXIC_EXISTS':
      return new ApiError('toxic already exists', 409);
    case 'TOXIC_INVALID':
    case 'PROXIES_INVALID':
      return badBody(thrown.message);
    case 'PLAN_OWNED':
      return new ApiError(thrown.message, 409);
    default:
      return new ApiError(thrown.message, 500);
  }
}

/** What was done when an address could not be had: Go's words tell one from the other. */
export type AddressUse = 'resolve' | 'listen';

/**
 * Returns the error that is thrown instead when an address could not be listened on: in the words
 * of Go's `net` package where it has some for it. Any other error is returned as it is.
 */
export async function listenError(
  thrown: unknown,
  listen: string,
  use: AddressUse = 'listen',
): Promise<unknown> {
  if (!(thrown instanceof HarnessError) || thrown.code !== 'LISTEN_FAILED') return thrown;
  const text = errorText(thrown.cause ?? '');
  if (/ENOTFOUND|EAI_AGAIN/u.test(text)) {
    const host = listen.slice(0, listen.lastIndexOf(':'));
    const prefix = use === 'listen' ? 'listen tcp: ' : '';
    return new ApiError(`${prefix}lookup ${host}: no such host`, 500, {
      hint: 'Write the number of an address of this machine, 127.0.0.1 say.',
    });
  }
  const [, known, hint] = BIND_ERRORS.find(([code]) => text.includes(code)) ?? [];
  if (known === undefined || hint === undefined) {
    return new ApiError(thrown.message, 500, { isOfSystem: true, hint: thrown.hint });
  }
  const address = formatEndpoint(await resolveListen(listen, 'listen'));
  return new ApiError(`listen tcp ${address}: bind: ${known}`, 500, { isOfSystem: true, hint });
}

const BIND_ERRORS: readonly (readonly [code: string, text: string, hint: string])[] = [
  ['EADDRINUSE', 'address already in use', 'Free the address, or write port 0 for any free port.'],
  [
    'EADDRNOTAVAIL',
    'cannot assign requested address',
    'Write an address of this machine, 127.0.0.1 say.',
  ],
  ['EACCES', 'permission denied', 'Write a port that you may listen on, over 1023 as a rule.'],
];
