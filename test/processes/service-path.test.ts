import { expect, it } from 'vitest';

import { processSpec } from '../../src/processes/process-spec.ts';
import { servicePath } from '../../src/processes/service-path.ts';

const NPM = { npm_execpath: '/usr/lib/npm/bin/npm-cli.js' };

it.each([
  ['of its own package', '/src/cg', '/src/cg/node_modules/.bin:/usr/bin', '/usr/bin'],
  [
    'of what npx fetched',
    '/h/.npm/_npx/1a/node_modules/callgauge',
    '/h/.npm/_npx/1a/node_modules/.bin:/usr/bin',
    '/usr/bin',
  ],
  [
    'once, where the user has it on the PATH too',
    '/src/cg',
    '/src/cg/node_modules/.bin:/usr/bin:/src/cg/node_modules/.bin',
    '/usr/bin:/src/cg/node_modules/.bin',
  ],
])('takes off the PATH the folder that npm put there: %s', (_what, folder, path, left) => {
  expect(servicePath({ ...NPM, PATH: path }, folder)).toBe(left);
});

it.each([
  ['npm did not start callgauge', {}, '/src/cg', '/src/cg/node_modules/.bin:/usr/bin'],
  [
    "the folder is of the user's project",
    NPM,
    '/shop/node_modules/callgauge',
    '/shop/node_modules/.bin:/usr/bin',
  ],
])('leaves the PATH as it is where %s', (_what, npm, folder, path) => {
  expect(servicePath({ ...npm, PATH: path }, folder)).toBe(undefined);
});

it('lets a service say its own PATH', () => {
  const service = {
    ...{ name: 'web', command: ['sh'], cwd: '.', env: { PATH: '/opt' }, readyWithinNs: 1 },
    ready: { by: 'tcp' },
  } as const;
  const around = { port: 1, otlpUrl: '', baseDir: '/', inherited: { ...NPM, PATH: '/usr/bin' } };
  expect(processSpec(service, around).env['PATH']).toBe('/opt');
});
