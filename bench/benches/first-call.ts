import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { epochNowMs } from '../../src/core/index.ts';
import { endedWithThis, outputOf } from '../child-process.ts';

/** What the live line of a run begins with. */
const LIVE = /^[━╌]/mu;
const BOUND_SEC = 60;

/**
 * Returns how many seconds pass from `npm start` until its load begins, by the run that it stores:
 * the services of the quickstart are up then, and the first call goes out. The run is stopped.
 */
export async function secondsToFirstCall(
  repository: string,
  dir: string,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const startedMs = epochNowMs();
  const child = spawn('npm', ['start', '--', '--dir', dir], {
    cwd: repository,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  endedWithThis(child);
  const closed = once(child, 'close');
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    const ran = LIVE.test(said);
    said += bytes.toString();
    // npm hands it on, and so does the group: a second press at once counts as the same.
    if (!ran && LIVE.test(said) && child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
  });
  await closed;
  const argv = [process.execPath, 'src/cli/main.ts', 'report', 'latest', '--json', '--dir', dir];
  const report = JSON.parse(await outputOf(argv, { boundSec: BOUND_SEC })) as {
    readonly metadata: { readonly startedAt: string };
  };
  return (Date.parse(report.metadata.startedAt) - startedMs) / 1_000;
}
