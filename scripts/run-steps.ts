import { spawnSync } from 'node:child_process';

/** A command of a script, and what it shows. */
export interface Step {
  readonly title: string;
  /** Program and arguments; programs come from node_modules/.bin first. */
  readonly command: readonly string[];
}

/** Runs the steps in their order and ends the process with the first one's code that fails. */
export function runSteps(steps: readonly Step[]): void {
  for (const { title, command } of steps) {
    console.log(`\n── ${title}: ${command.join(' ')}`);
    const [program = '', ...args] = command;
    const path = `${import.meta.dirname}/../node_modules/.bin:${process.env['PATH'] ?? ''}`;
    const { status, error } = spawnSync(program, args, {
      stdio: 'inherit',
      env: { ...process.env, PATH: path },
    });
    if (error) console.error(error.message);
    if (status !== 0) process.exit(status ?? 1);
  }
}
