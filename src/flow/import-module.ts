import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What Node takes a file for by its package, and what it is where it has `import` or `export`. */
const MODULE_FORMATS: ReadonlyMap<string | null | undefined, string> = new Map([
  ['commonjs', 'module'],
  ['commonjs-typescript', 'module-typescript'],
]);
const MODULE_SYNTAX = /^\s*(?:import|export)\b/mu;

/**
 * Returns what a module exports, `path` being absolute; Node strips the types of a .ts module.
 *
 * In a package whose package.json says `"type": "commonjs"`, as `npm init` writes it, Node refuses
 * `import` and `export` in .ts and .js files. Hooks have both: a module that is refused for its
 * syntax is loaded once more, it and what it imports of its own package taken for what they are
 * written as.
 */
export async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  const { href } = pathToFileURL(path);
  try {
    return withCommonJs((await import(href)) as Record<string, unknown>);
  } catch (error) {
    if (!(error instanceof SyntaxError) || !MODULE_SYNTAX.test(readFileSync(path, 'utf8'))) {
      throw error;
    }
  }
  const hooks = registerHooks({
    load: (url, context, next) => {
      const format = MODULE_FORMATS.get(context.format);
      return format !== undefined && isOwnModule(url)
        ? next(url, { ...context, format })
        : next(url, context);
    },
  });
  try {
    // What failed once under a name stays failed under it.
    return (await import(`${href}?module`)) as Record<string, unknown>;
  } finally {
    hooks.deregister();
  }
}

function isOwnModule(url: string): boolean {
  if (!url.startsWith('file:') || url.includes('/node_modules/')) return false;
  return MODULE_SYNTAX.test(readFileSync(fileURLToPath(url), 'utf8'));
}

/** Of `module.exports = { ... }` Node names only those members that it can tell without running. */
function withCommonJs(exported: Record<string, unknown>): Readonly<Record<string, unknown>> {
  const whole = exported['module.exports'];
  return typeof whole === 'object' && whole !== null ? { ...whole, ...exported } : exported;
}
