import {
  epochNowMs,
  invariant,
  NS_PER_MS,
  NS_PER_SEC,
  systemClock,
  type Ns,
} from '../core/index.ts';
import { GuardedProcesses } from './guarded-processes.ts';
import type { GuardianCommand, GuardianMessage } from './guardian-messages.ts';
import { SERVICES_VARIABLE } from './stray-processes.ts';

/** When callgauge died, its services get this long to flush and exit. */
const ORPHAN_GRACE_NS = NS_PER_SEC;

/**
 * The guardian: a process between callgauge and its services, whose one purpose is that none of
 * them outlives the run, even if callgauge is killed.
 *
 *     callgauge ══ IPC channel ══ guardian ─┬─ group of `orders`
 *        its death closes the channel       └─ group of `payment` ...
 *
 * What leaves its group is found by a mark in its environment, which all of them inherit.
 *
 * A process that is not of the run and that a fault has paused goes on, too, when callgauge is
 * gone. The guardian leads a session of its own, so that Ctrl-C in the terminal reaches callgauge
 * alone, which then stops the services in good order.
 */
function main(): void {
  const mark = process.env[SERVICES_VARIABLE];
  invariant(mark, 'the guardian is started with a mark');
  const processes = new GuardedProcesses(mark, systemClock(), send);
  const stopAll = (graceNs: Ns): void => {
    void processes.stopAll(graceNs).then(() => {
      if (process.connected) process.disconnect();
    });
  };
  const obey = (command: GuardianCommand): void => {
    switch (command.type) {
      case 'start':
        for (const spec of command.processes) processes.start(spec);
        break;
      case 'output':
        send({ type: 'output', name: command.name, output: processes.output(command.name) });
        break;
      case 'signal': {
        const reached = processes.signal(command.target, command.signal);
        send({ type: 'done', id: command.id, atEpochMs: epochNowMs(), reached });
        break;
      }
      case 'restart':
        void processes.restart(command.process).then(() => {
          send({ type: 'done', id: command.id, atEpochMs: epochNowMs(), reached: true });
        });
        break;
      case 'stop':
        stopAll(command.graceMs * NS_PER_MS);
        break;
    }
  };

  process.on('message', obey);
  process.on('disconnect', () => stopAll(ORPHAN_GRACE_NS));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => stopAll(ORPHAN_GRACE_NS));
  }
}

/** Tells callgauge, if it is still there; it may die between the check and the write. */
function send(message: GuardianMessage): void {
  if (process.connected) process.send?.(message, ignoreDeadChannel);
}

function ignoreDeadChannel(): void {
  // The channel's end has its own event, on which everything is stopped.
}

main();
