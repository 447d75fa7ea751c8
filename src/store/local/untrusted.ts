import { HarnessError } from '../../core/index.ts';

/** Returns the error of a folder, or of something in it, that is not taken for one's own. */
export function untrusted(message: string, hint: string): HarnessError {
  return new HarnessError('STORE_UNTRUSTED', message, { hint });
}
