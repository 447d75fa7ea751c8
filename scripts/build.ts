/** `npm run build`: the published package, plain JavaScript under dist/. */
import { chmodSync, cpSync, rmSync } from 'node:fs';

import { runSteps } from './run-steps.ts';

rmSync('dist', { recursive: true, force: true });
runSteps([{ title: 'compile', command: ['tsc', '-p', 'tsconfig.build.json'] }]);
cpSync('src/store/sql', 'dist/store/sql', { recursive: true });
chmodSync('dist/cli/main.js', 0o755);
