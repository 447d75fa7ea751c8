import type { Command } from 'commander';

import { withHostOption, type HostOptions } from '../host-options.ts';
import { withSamplingOptions, type SamplingOptions } from '../sampling-options.ts';
import { withStoreOptions, type StoreOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

type ReceiveOptions = StoreOptions & HostOptions & SamplingOptions & { readonly listen?: string };

/** Adds `callgauge receive`: an OTLP receiver on its own, until Ctrl-C. */
export function addReceive(program: Command, terminal: Terminal): void {
  withSamplingOptions(withHostOption(withStoreOptions(program.command('receive'))))
    .description("take services' spans over OTLP (HTTP and gRPC) into the store until Ctrl-C")
    .option(
      '--listen <[host:]port>',
      'where to listen, for both (default: 127.0.0.1:4318 and 4317)',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  callgauge receive --listen 4318\n  callgauge receive --sample 5% --keep-slower p99',
    )
    .action(async (options: ReceiveOptions) => {
      const { receiveSpans } = await import('../actions/receive-spans.ts');
      await receiveSpans(options, terminal);
    });
}
