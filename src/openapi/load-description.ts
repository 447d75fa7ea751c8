import { errorText, HarnessError } from '../core/index.ts';
import { readBytes } from '../scenario/bounded-file.ts';
import { readDescription, type Description } from './description.ts';

/** Larger than any description that is public. */
const BYTES_MAX = 64 * 2 ** 20;
const FETCH_MS = 20_000;

/** A description, and where it was read from. */
export interface LoadedDescription {
  readonly description: Description;
  /** Its url; undefined for a file. */
  readonly readFrom: string | undefined;
}

/**
 * Returns the description in a file, or behind an http url; redirects are not followed, and nothing
 * else is asked for.
 * @throws DESCRIPTION_UNREADABLE
 */
export async function loadDescription(source: string): Promise<LoadedDescription> {
  const isUrl = /^https?:\/\//u.test(source);
  const bytes = await (isUrl ? fetched(source) : read(source));
  const name = isUrl ? source.replace(/[?#].*$/u, '') : source;
  return {
    description: readDescription(textOf(bytes, name), name),
    readFrom: isUrl ? source : undefined,
  };
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readBytes(path, { bytesMax: BYTES_MAX, what: 'an OpenAPI description' });
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    throw new HarnessError('DESCRIPTION_UNREADABLE', error.message, {
      hint: error.hint,
      cause: error.cause,
    });
  }
}

async function fetched(url: string): Promise<Uint8Array> {
  const refuse = (what: string, hint: string, cause?: unknown): HarnessError =>
    new HarnessError('DESCRIPTION_UNREADABLE', `cannot read ${url}: ${what}`, { hint, cause });
  try {
    const answer = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(FETCH_MS),
      headers: { accept: 'application/json, application/yaml, */*;q=0.5' },
    });
    const place = answer.headers.get('location');
    if (answer.status !== 200 || answer.body === null) {
      await answer.body?.cancel();
      const where = place === null ? '' : `, to ${place}`;
      throw refuse(`it answered with status ${answer.status}${where}`, 'Name the URL itself.');
    }
    const chunks: Uint8Array[] = [];
    let left = BYTES_MAX;
    for await (const chunk of answer.body) {
      left -= chunk.length;
      if (left < 0) throw refuse(`it is larger than ${BYTES_MAX / 2 ** 20} MiB`, 'Name a file.');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    const { cause } = error instanceof Error ? error : {};
    throw refuse(
      errorText(cause ?? error),
      'Check that its server listens, or name a file.',
      error,
    );
  }
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HarnessError('DESCRIPTION_UNREADABLE', `${name} must be UTF-8 text, and is not`, {
      hint: 'Name a JSON or YAML file, saved as UTF-8.',
    });
  }
}
