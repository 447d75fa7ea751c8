/** `npm test`: everything that must hold on a machine with nothing but Node and npm. */
import { runSteps } from './run-steps.ts';

runSteps([
  { title: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { title: 'format', command: ['oxfmt', '--check'] },
  { title: 'types', command: ['tsc', '--noEmit'] },
  { title: 'generated files', command: ['node', 'scripts/generate.ts', '--check'] },
  {
    title: 'tests',
    command: ['vitest', 'run', '--project=unit', '--project=integration', ...process.argv.slice(2)],
  },
]);
