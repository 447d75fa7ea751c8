import { randomInt } from 'node:crypto';
import type { Command } from 'commander';

import { HarnessError } from '../../core/index.ts';
import {
  standProxies,
  startProxyAdmin,
  startProxyHost,
  type ProxyControl,
  type ProxyState,
  type WantedProxy,
} from '../../proxy/index.ts';
import { notMade, wantedProxies } from '../first-proxies.ts';
import { parseListenAddress } from '../run/listen-address.ts';
import { listenForStop } from '../signals.ts';
import type { Terminal } from '../terminal.ts';

interface ProxyOptions {
  readonly listen: string;
  readonly config?: string;
  readonly proxy: readonly string[];
  readonly seed?: string;
}

/** Adds `callgauge proxy`: proxies with Toxiproxy's admin API, on their own, until Ctrl-C. */
export function addProxy(program: Command, terminal: Terminal): void {
  program
    .command('proxy')
    .description("run proxies that inject faults, with Toxiproxy's admin API, until Ctrl-C")
    .option('--listen <[host:]port>', 'where to serve the admin API', '127.0.0.1:8474')
    .option('--config <file>', "proxies to begin with: Toxiproxy's JSON array, toxics in it too")
    .option(
      '--proxy <name=listen,upstream[,http]>',
      'a proxy to begin with; may be given again',
      (text: string, before: readonly string[]) => [...before, text],
      [],
    )
    .option('--seed <number>', 'governs every draw of the toxics; chosen and printed if not given')
    .addHelpText(
      'after',
      `
Example:
  callgauge proxy --proxy payment=127.0.0.1:7203,127.0.0.1:7103 --seed 42
  curl -d '{"type":"latency","attributes":{"latency":250}}' 127.0.0.1:8474/proxies/payment/toxics`,
    )
    .action((options: ProxyOptions) => serve(options, terminal));
}

async function serve(options: ProxyOptions, terminal: Terminal): Promise<void> {
  const listen = parseListenAddress(options.listen, '--listen');
  const seed = seedOf(options.seed);
  const wanted = await wantedProxies(options);
  const stop = listenForStop();
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  // Heard of where it is awaited; until then it is no unhandled rejection.
  failed.catch(() => undefined);
  const control = await startProxyHost({ proxies: [], seed, onFailure: fail });
  try {
    // The API's own port first, so that no proxy is met where that one is taken; it answers when all
    // proxies stand.
    const { promise: stand, resolve: allStand } = Promise.withResolvers<void>();
    const admin = await startProxyAdmin({ control, listen, after: stand });
    try {
      await begin(control, wanted);
      allStand();
      terminal.progress(`admin API at ${admin.url}, seed ${seed}, Ctrl-C ends it`);
      for (const proxy of await control.proxies()) terminal.progress(proxyText(proxy));
      const stopped = new Promise<void>((resolve) => stop.onStop(resolve));
      await Promise.race([stopped, failed]);
    } finally {
      await admin.close();
    }
  } finally {
    await control.close();
    stop.dispose();
  }
}

/** @throws PROXIES_INVALID, LISTEN_FAILED */
async function begin(control: ProxyControl, wanted: readonly WantedProxy[]): Promise<void> {
  const { proxies, error } = await standProxies(control, wanted);
  if (error !== undefined) throw notMade(error, wanted[proxies.length]?.place ?? '');
}

function seedOf(text: string | undefined): number {
  if (text === undefined) return randomInt(2 ** 32);
  const seed = Number(text);
  if (/^\d+$/u.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new HarnessError('USAGE_INVALID', `--seed must be a whole number, 0 or more, got ${text}`, {
    hint: 'Write --seed 42, say.',
  });
}

function proxyText({ name, listen, upstream, protocol, enabled, toxics }: ProxyState): string {
  const kind = protocol === 'http' ? ', HTTP' : '';
  const on = toxics.length === 0 ? '' : `, toxics: ${toxics.map((toxic) => toxic.name).join(', ')}`;
  return `  ${name}: ${listen} -> ${upstream}${kind}${enabled ? '' : ', disabled'}${on}`;
}
