import { type Command, Option } from 'commander';

import { withSpanOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { withTimeOptions } from '../time-options.ts';
import type { TuneOptions } from '../tune-options.ts';

const HELP = `
Examples:
  callgauge tune                          what the newest run shows
  callgauge tune 673e1c5b9f3a2b10 8b1f4c0d5e6a7b20
  callgauge tune latest --caller orders --callee payment
  callgauge tune latest --deadline 2s --idempotent 'POST /api/charges'
  callgauge tune latest --caller orders --export envoy -o orders.yaml
  callgauge tune latest --caller orders --current orders.yaml
  callgauge tune latest --verify          whether what is recommended holds, by two runs
  callgauge tune --spans otel.otel_traces --store http://reader@host:8123 --since 1h
  callgauge tune latest --json > tune.json`;

/** Adds `callgauge tune`: what callers should run with, by what stored runs or traces showed. */
export function addTune(program: Command, terminal: Terminal): void {
  withTimeOptions(withSpanOptions(program.command('tune')))
    .description('recommend timeouts, attempts, waits and retry budgets by stored runs, or traces')
    .argument(
      '[run...]',
      'runs by their ids, the beginnings of them, or "latest"; or leave them out for a time',
    )
    .option('--caller <name>', 'only of this caller')
    .option('--callee <name>', 'only of calls to this service or target')
    .option('--deadline <time>', 'what a call may take with all its attempts: 2s')
    .addOption(
      new Option(
        '--idempotent <operation>',
        'that it may be repeated; * stands for any text; may be given again',
      )
        .argParser((text: string, before: readonly string[]) => [...before, text])
        .default([], 'none'),
    )
    .option(
      '--export <stack>',
      'print it as a file for a stack: envoy, istio, linkerd, nginx, haproxy, kong, grpc, ' +
        'resilience4j, openfeign, dubbo, hystrix, polly, cockatiel, opossum, undici, callgauge',
    )
    .option(
      '--current <file>',
      'compare with a file that is in use: such a one, or any other of these stacks',
    )
    .option('--as <stack>', 'what --current is a file of, where several could be')
    .option('--verify', "make the run's calls again, as they are and then as recommended")
    .option('-o, --output <file>', 'write it into a file')
    .option('--json', 'print it as JSON')
    .addHelpText('after', HELP)
    .action(async (runs: readonly string[], options: TuneOptions) => {
      if (options.verify) {
        const { verifyRecommendations } = await import('../actions/verify-tuning.ts');
        process.exitCode = await verifyRecommendations(runs, options, terminal);
        return;
      }
      const { printTuning } = await import('../actions/print-tuning.ts');
      await printTuning(runs, options, terminal);
    });
}
