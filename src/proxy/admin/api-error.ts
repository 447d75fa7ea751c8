import { errorText, HarnessError } from '../../core/index.ts';
import { formatEndpoint, resolveListen } from '../endpoint.ts';

/** What a request of the admin API is refused with: Toxiproxy's text and status. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Where in a list of proxies, `proxy 2 (payment), toxic 1`; empty where it is in none. */
  readonly place: string;
  /** Whether the system refused what is no mistake of who asked: a port that is taken, say. */
  readonly isOfSystem: boolean;

  constructor(
    message: string,
    status: number,
    { place = '', isOfSystem = false }: { place?: string; isOfSystem?: boolean } = {},
  ) {
    super(message);
    this.status = status;
    this.place = place;
    this.isOfSystem = isOfSystem;
  }

  /** Returns the same refusal, in a place that is a part of this one. */
  within(place: string): ApiError {
    const { message, status, isOfSystem } = this;
    const inner = this.place === '' ? '' : `, ${this.place}`;
    return new ApiError(message, status, { place: `${place}${inner}`, isOfSystem });
  }
}

/** Returns what `work` does; a refusal that it throws is said to be in this place. */
export function placed<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ApiError ? error.within(place) : error;
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
 * Returns the error that is thrown instead when an address could not be listened on: in the words of
 * Go's `net` package where it has some for it. Any other error is returned as it is.
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
    return new ApiError(`${prefix}lookup ${host}: no such host`, 500);
  }
  const known = BIND_FAULTS.find(([code]) => text.includes(code))?.[1];
  if (known === undefined) return new ApiError(thrown.message, 500, { isOfSystem: true });
  const address = formatEndpoint(await resolveListen(listen, 'listen'));
  return new ApiError(`listen tcp ${address}: bind: ${known}`, 500, { isOfSystem: true });
}

const BIND_FAULTS: readonly (readonly [code: string, text: string])[] = [
  ['EADDRINUSE', 'address already in use'],
  ['EADDRNOTAVAIL', 'cannot assign requested address'],
  ['EACCES', 'permission denied'],
];
