import { EXIT_CODES } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/**
 * Says once that the command's output cannot be written (a full disk), and has a command that is
 * otherwise content end with NOT_POSSIBLE; it goes on, so that a run is stored as a whole. A reader
 * that left (`callgauge runs | head -1`) wants no more of it, and no complaint. What is said of the
 * progress has nowhere else to go: where a terminal is gone, it is lost.
 */
export function listenForLostOutput(terminal: Terminal): void {
  process.stderr.on('error', () => undefined);
  let isSaid = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || isSaid) return;
    isSaid = true;
    terminal.progress(`callgauge: cannot write the output: ${error.message}`);
    terminal.progress('  Write it to a place that has room, such as another file or a pipe.');
    // Before a plug-in's code is made of this one.
    process.prependListener('exit', () => {
      process.exitCode ||= EXIT_CODES.NOT_POSSIBLE;
    });
  });
}
