import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endedWithThis } from '../child-process.ts';
import type { Answered, Asked } from './question.ts';

/** A process that answers by the code of the commands. */
export interface Asker {
  /** Asks, and resolves with how long the answer took the process itself. */
  ask(asked: Asked): Promise<Answered>;
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('asker-main.ts', import.meta.url));

/** Starts one that reads the store of a folder. */
export async function startAsker(dir: string): Promise<Asker> {
  const child = fork(MAIN, [dir]);
  endedWithThis(child);
  const ended = once(child, 'exit');
  const answer = async (): Promise<Answered> => {
    const first = await Promise.race([once(child, 'message'), ended.then(() => undefined)]);
    if (first === undefined) throw new Error('the process that answers ended, see above');
    return first[0] as Answered;
  };
  await answer();
  return {
    ask: (asked) => {
      const answered = answer();
      child.send(asked);
      return answered;
    },
    stop: async () => {
      child.disconnect();
      await ended;
    },
  };
}
