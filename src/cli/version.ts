import { readFileSync } from 'node:fs';

const manifest: unknown = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/** The version of this callgauge, as runs are stored with. */
export const HARNESS_VERSION = (manifest as { version: string }).version;
