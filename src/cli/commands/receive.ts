import type { Command } from 'commander';

import { withHostOption, type HostOptions } from '../host-options.ts';
import { withStoreOptions, type StoreOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

/** Adds `callgauge receive`: an OTLP receiver on its own, until Ctrl-C. */
export function addReceive(program: Command, terminal: Terminal): void {
  withHostOption(withStoreOptions(program.command('receive')))
    .description("take services' spans over OTLP (HTTP and gRPC) into the store until Ctrl-C")
    .option(
      '--listen <[host:]port>',
      'where to listen, for both (default: 127.0.0.1:4318 and 4317)',
    )
    .addHelpText('after', '\nExample:\n  callgauge receive --listen 4318')
    .action(async (options: StoreOptions & HostOptions & { listen?: string }) => {
      const { receiveSpans } = await import('../actions/receive-spans.ts');
      await receiveSpans(options, terminal);
    });
}
