import { mkdirSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/**
 * Returns the folder where Node keeps the compiled code of callgauge for its next command, made
 * where it was not there; undefined for none. What lies there is run without a further look, so it
 * must be a folder that nobody else can write to: from source in node_modules, installed in the
 * user's own cache. Node's default, a folder of the system's temporary one, can be made by anybody
 * first.
 */
export function compileCacheFolder(
  entry: string,
  env: NodeJS.ProcessEnv,
  homeDir: () => string,
): string | undefined {
  const named = env['NODE_COMPILE_CACHE'] ?? '';
  if (named !== '') return named;
  if (entry.endsWith('.ts')) return join(entry, '../../../node_modules/.cache/compile');
  const caches = env['XDG_CACHE_HOME'] ?? '';
  try {
    return isAbsolute(caches)
      ? ownFolder(caches, ['callgauge', 'compile'])
      : ownFolder(homeDir(), ['.cache', 'callgauge', 'compile']);
  } catch {
    // No home, or one that takes no folder: each command compiles anew.
    return undefined;
  }
}

/**
 * Returns the folder under `base`, each part of it made where it is missing. Node's own making of
 * several at once never returns where a file system answers ENOENT, as /proc does.
 */
function ownFolder(base: string, parts: readonly string[]): string | undefined {
  if (!isAbsolute(base) || !isOwn(base)) return undefined;
  let path = base;
  for (const part of parts) {
    path = join(path, part);
    if (statSync(path, { throwIfNoEntry: false }) === undefined) mkdirSync(path, { mode: 0o700 });
  }
  return isOwn(path) ? path : undefined;
}

/** With `sudo` the home may still be that of the user who called it. */
function isOwn(folder: string): boolean {
  const { uid, mode } = statSync(folder);
  if (process.getuid === undefined) return true;
  return uid === process.getuid() && (mode & 0o022) === 0;
}
