#!/usr/bin/env node
import { homedir } from 'node:os';

// Nothing that an old Node lacks is imported before this line.
const NODE_VERSION_MIN = '24.12.0';
if (process.versions.node.localeCompare(NODE_VERSION_MIN, 'en', { numeric: true }) < 0) {
  process.stderr.write(
    `callgauge: Node ${NODE_VERSION_MIN} or newer is needed, this is ${process.versions.node} ` +
      `(${process.execPath})\n  Install a newer one, or let npm bring it: npx -p node@24 -p callgauge callgauge ...\n`,
  );
  process.exit(110);
}

// The compiled code of what a command loads is kept for the next command. From source, threads take
// it from there too: each would otherwise strip the types anew with a WebAssembly module, and the
// runtime crashes now and then as it frees that at a thread's end (nodejs/node#64500).
const { enableCompileCache } = await import('node:module');
const { compileCacheFolder } = await import('./compile-cache.ts');
const entry = import.meta.filename;
const cache = compileCacheFolder(entry, process.env, homedir);
if (cache !== undefined) {
  if (entry.endsWith('.ts')) process.env['NODE_COMPILE_CACHE'] = cache;
  enableCompileCache(cache);
}

// After the cache is on, so that it serves this too.
const { runCommandLine } = await import('./program.ts').catch((error: unknown) => {
  process.stderr.write(
    `callgauge: its own program cannot be loaded: ${error instanceof Error ? error.message : String(error)}\n` +
      '  Allow more open files (ulimit -n 1024), or install it anew.\n',
  );
  process.exit(110);
});
await runCommandLine();
