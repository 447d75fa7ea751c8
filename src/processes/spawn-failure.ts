import { statSync } from 'node:fs';

import { HarnessError } from '../core/index.ts';
import type { ProcessSpec } from './guardian-messages.ts';

/**
 * Returns why a service cannot be started: that its folder or its program is missing where that is
 * the reason, which the system calls ENOENT either way.
 */
export function spawnFailure(
  { name, cwd, file }: Pick<ProcessSpec, 'name' | 'cwd' | 'file'>,
  reason: string,
): HarnessError {
  const what = `service ${name} cannot be started`;
  const folder = folderProblem(cwd);
  if (folder !== undefined) {
    return failure(
      `${what}: ${folder} ${cwd} (services.${name}.cwd)`,
      "Make it, or write another cwd: it is relative to the scenario file's folder.",
    );
  }
  if (/\bENOENT\b/u.test(reason)) {
    const isPath = /[/\\]/u.test(file);
    const where = isPath ? `no program at ${file}` : `no program ${file} on the PATH`;
    return failure(
      `${what}: there is ${where} (services.${name}.command)`,
      isPath
        ? 'Check the path: it is relative to the folder of the service (cwd).'
        : 'Install it, or name it by its path.',
    );
  }
  return failure(
    `${what}: ${reason}`,
    'See that the program of its command can be run, and its folder be entered.',
  );
}

function folderProblem(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : 'its folder is a file:';
  } catch {
    return 'there is no folder';
  }
}

function failure(message: string, hint: string): HarnessError {
  return new HarnessError('SERVICE_START_FAILED', message, { hint });
}
