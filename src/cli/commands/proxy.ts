import { Option, type Command } from 'commander';

import type { ProxyOptions } from '../actions/serve-proxies.ts';
import { REMOTE_LISTEN, withHostOption } from '../host-options.ts';
import type { Terminal } from '../terminal.ts';

/** Adds `callgauge proxy`: proxies with Toxiproxy's admin API, on their own, until Ctrl-C. */
export function addProxy(program: Command, terminal: Terminal): void {
  withHostOption(program.command('proxy'))
    .description("run proxies that inject faults, with Toxiproxy's admin API, until Ctrl-C")
    .option('--listen <[host:]port>', 'where to serve the admin API', '127.0.0.1:8474')
    .option('--config <file>', "proxies to begin with: Toxiproxy's JSON array, toxics in it too")
    .addOption(
      new Option(
        '--proxy <name=listen,upstream[,http]>',
        'a proxy to begin with; may be given again',
      )
        .argParser((text: string, before: readonly string[]) => [...before, text])
        .default([], 'none'),
    )
    .option(...REMOTE_LISTEN)
    .option('--seed <number>', 'governs every draw of the toxics; chosen and printed if not given')
    .addHelpText(
      'after',
      `
Example:
  callgauge proxy --proxy payment=127.0.0.1:7203,127.0.0.1:7103 --seed 42
  curl 127.0.0.1:8474/proxies/payment/toxics \\
    -d '{"type":"latency","attributes":{"latency":250}}'`,
    )
    .action(async (options: ProxyOptions) => {
      const { serveProxies } = await import('../actions/serve-proxies.ts');
      await serveProxies(options, terminal);
    });
}
