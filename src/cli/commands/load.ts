import type { Command } from 'commander';

import type { LoadOptions } from '../actions/load-scenario.ts';
import { BASELINE_OPTION, withRunOptions, type RunOptions } from '../run-options.ts';
import { severalOf } from '../several-of.ts';
import type { Terminal } from '../terminal.ts';

const EXAMPLES = `
Examples:
  callgauge load http://127.0.0.1:8080/ -R 1000 -d 30s --threshold "p99<300ms"
  callgauge load https://127.0.0.1:8443/ --http2 -c 4 --streams 25
  callgauge load unix:/run/app.sock:/orders -R 100
  callgauge load http://127.0.0.1:8080/orders -c 64 -X PUT -b @order.json \\
    -H 'authorization: Bearer \${env.TOKEN}'

Without -R the load is closed: each connection waits for its answer before it
asks again, so that queueing in the target cannot show. Measure response times
with -R. A threshold is on the request's response where it names nothing else:
"p99<300ms", "service p(99) < 50ms", "errors rate < 0.1%" or "error_rate<0.1%",
"dropped count == 0".`;

/** Adds `callgauge load URL`. */
export function addLoad(program: Command, terminal: Terminal): void {
  const load = withRunOptions(program.command('load')).option(...BASELINE_OPTION);
  load
    .description('repeat one request at a rate, or as fast as its connections allow, and report')
    .argument('<url>', 'what is called: http://, https:// or unix:/SOCKET:/PATH')
    .option('-R, --rate <rate>', 'requests per second, 1000 or 600/m; without it a closed load')
    .option('--poisson', 'with -R: space requests at random, as independent callers do')
    .option('-d, --duration <time>', 'how long it is measured (default: 10s, or what -n takes)')
    .option('-n, --requests <count>', 'how many requests, in place of -d; without a warm-up')
    .option('-c, --connections <n>', 'most connections; without -R the users, one on each', '50')
    .option('-k, --insecure', 'take whatever certificate an https:// target shows')
    .option('--ca <file>', 'PEM file of the authorities to trust, in place of the system')
    .option('--http2', 'speak HTTP/2: by ALPN to https://, from the first byte to http://')
    .option('--streams <n>', 'with --http2: calls at once on each connection')
    .option('-m, --method <method>', 'the HTTP method (default: GET, with a body POST)')
    .option('-X <method>', 'the same, as curl has it')
    .addOption(severalOf('-H, --header <name: value>', 'a header'))
    .option('-b, --body <text>', 'the body, or @file to read it from a file')
    .option('--timeout <time>', 'bound of one request from its sending', '10s')
    .option('--warm-up <time>', 'load before it that is not measured (default: 1s, with -n none)')
    .addOption(severalOf('--threshold <condition>', 'what must hold'))
    .option('--expect <status>', 'statuses that count as ok: 2xx, or 200,404 (default: 200 to 399)')
    .addHelpText('after', EXAMPLES)
    .on('option:X', (method: string) => load.setOptionValue('method', method))
    .action(async (url: string, options: LoadOptions & RunOptions) => {
      const { inTermsOfOptions, loadScenario } = await import('../actions/load-scenario.ts');
      const { runAndReport } = await import('../run-and-report.ts');
      const { withOutputs } = await import('../outputs/command-outputs.ts');
      const command = { command: `load ${url}`, inputs: [], options, terminal };
      process.exitCode = await withOutputs(command, async (outputs) => {
        const scenario = loadScenario(url, options);
        try {
          return await runAndReport(scenario, { options, terminal, outputs });
        } catch (error) {
          throw inTermsOfOptions(error, options);
        }
      });
    });
}
