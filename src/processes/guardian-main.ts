import { NS_PER_MS, NS_PER_SEC, systemClock, type Ns } from '../core/index.ts';
import type { GuardianCommand, GuardianMessage, ProcessSpec } from './guardian-messages.ts';
import { ProcessGroup } from './process-group.ts';

/** When callgauge died, its services get this long to flush and exit. */
const ORPHAN_GRACE_NS = NS_PER_SEC;

/**
 * The guardian: a process between callgauge and its services, whose one purpose is that none of
 * them outlives the run, even if callgauge is killed.
 *
 *     callgauge ══ IPC channel ══ guardian ─┬─ group of `orders`
 *        its death closes the channel       └─ group of `payment` ...
 *
 * It leads a session of its own, so that Ctrl-C in the terminal reaches callgauge alone, which then
 * stops the services in good order.
 */
function main(): void {
  const clock = systemClock();
  const groups = new Map<string, ProcessGroup>();
  let stopping: Promise<void> | undefined;

  const stopAll = (graceNs: Ns): void => {
    stopping ??= Promise.all([...groups.values()].map((group) => group.stop(graceNs))).then(() => {
      if (process.connected) process.disconnect();
    });
  };
  const start = (spec: ProcessSpec): void => {
    const { name } = spec;
    const group = new ProcessGroup(spec, clock, {
      started: (pid) => send({ type: 'started', name, pid }),
      failed: (reason) => {
        groups.delete(name);
        send({ type: 'spawn-failed', name, reason });
      },
      exited: (code, signal, output) => {
        groups.delete(name);
        send({ type: 'exited', name, code, signal, output });
      },
    });
    groups.set(name, group);
  };
  const obey = (command: GuardianCommand): void => {
    switch (command.type) {
      case 'start':
        if (!stopping) command.processes.forEach(start);
        break;
      case 'output':
        send({
          type: 'output',
          name: command.name,
          output: groups.get(command.name)?.output() ?? '',
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
