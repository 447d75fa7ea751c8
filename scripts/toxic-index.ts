import { readdirSync } from 'node:fs';

/** Where the files of the toxics lie, one each. */
export const TOXICS_FOLDER = 'src/toxics/toxics';

/**
 * Returns the text of the toxics' `index.ts`: one line per file of the folder, in the order of
 * their names. A file exports its toxic by its own name in camelCase, `reset-peer.ts` has
 * `resetPeer`.
 */
export function toxicIndex(): string {
  return readdirSync(TOXICS_FOLDER)
    .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
    .sort()
    .map((file) => `export { ${exportOf(file)} } from './${file}';\n`)
    .join('');
}

function exportOf(file: string): string {
  return file
    .replace(/\.ts$/u, '')
    .replace(/-([a-z0-9])/gu, (_, letter: string) => letter.toUpperCase());
}
