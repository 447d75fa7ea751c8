/**
 * Returns the URL of a module beside the calling one, with the caller's own extension: `.ts` when
 * callgauge runs from source, `.js` in the published package. For worker threads and child
 * processes, whose entry is a URL that the compiler does not rewrite.
 */
export function siblingModule(importMetaUrl: string, name: string): URL {
  const extension = importMetaUrl.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`./${name}${extension}`, importMetaUrl);
}
