import { errorText, HarnessError } from '../../core/index.ts';
import { formatEndpoint, resolveListen } from '../endpoint.ts';

/** What a request of the admin API is refused with: Toxiproxy's text and status. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
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
      return badBody(thrown.message);
    case 'PLAN_OWNED':
      return new ApiError(thrown.message, 409);
    default:
      return new ApiError(thrown.message, 500);
  }
}

/**
 * Returns the error that is thrown instead when an address could not be listened on: in the words of
 * Go's `net` package where it has some for it. Any other error is returned as it is.
 */
export async function listenError(thrown: unknown, listen: string): Promise<unknown> {
  if (!(thrown instanceof HarnessError) || thrown.code !== 'LISTEN_FAILED') return thrown;
  const text = errorText(thrown.cause ?? '');
  if (/ENOTFOUND|EAI_AGAIN/u.test(text)) {
    const host = listen.slice(0, listen.lastIndexOf(':'));
    return new ApiError(`listen tcp: lookup ${host}: no such host`, 500);
  }
  const known = BIND_FAULTS.find(([code]) => text.includes(code))?.[1];
  if (known === undefined) return new ApiError(thrown.message, 500);
  const address = formatEndpoint(await resolveListen(listen, 'listen'));
  return new ApiError(`listen tcp ${address}: bind: ${known}`, 500);
}

const BIND_FAULTS: readonly (readonly [code: string, text: string])[] = [
  ['EADDRINUSE', 'address already in use'],
  ['EADDRNOTAVAIL', 'cannot assign requested address'],
  ['EACCES', 'permission denied'],
];
