import { writeFile } from 'node:fs/promises';
import { HarnessError } from '../core/index.ts';

/**
 * Writes a result into a file, in place of what was there.
 * @throws SYSTEM_LIMIT where that cannot be
 */
export async function writeResult(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HarnessError('SYSTEM_LIMIT', `${path} cannot be written: ${reason}`, {
      hint: 'Name a file in a folder that is there and that you may write to.',
      cause: error,
    });
  }
}
