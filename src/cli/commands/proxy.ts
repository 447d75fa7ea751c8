import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';

import { errorText, HarnessError } from '../../core/index.ts';
import {
  populateProxies,
  startProxyAdmin,
  startProxyHost,
  type ProxyControl,
  type ProxyState,
} from '../../proxy/index.ts';
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
  const wanted = options.proxy.map(proxyOf);
  const config = options.config === undefined ? undefined : await readConfig(options.config);
  const stop = listenForStop();
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  // Heard of where it is awaited; until then it is no unhandled rejection.
  failed.catch(() => undefined);
  const control = await startProxyHost({ proxies: [], seed, onFailure: fail });
  try {
    if (config) await begin(control, config, `${options.config}`);
    await begin(control, Buffer.from(JSON.stringify(wanted)), '--proxy');
    const admin = await startProxyAdmin({ control, listen });
    try {
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
async function begin(control: ProxyControl, proxies: Buffer, place: string): Promise<void> {
  const { error } = await populateProxies(control, proxies, { withToxics: true });
  if (error === undefined) return;
  const isOfSystem = error.status === 500;
  throw new HarnessError(
    isOfSystem ? 'LISTEN_FAILED' : 'PROXIES_INVALID',
    `the proxies cannot be made: ${error.message} (${place})`,
    {
      hint: isOfSystem
        ? 'Free the address, or write port 0 for any free port.'
        : 'docs/reference/proxy.md shows what such a list looks like.',
    },
  );
}

async function readConfig(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const message = `the list of proxies cannot be read: ${errorText(cause)} (--config)`;
    throw new HarnessError('PROXIES_INVALID', message, {
      hint: 'Name a JSON file that can be read.',
      cause,
    });
  }
}

function proxyOf(text: string): Readonly<Record<string, string>> {
  const match = /^([^=]+)=([^,]*),([^,]+)(,http)?$/u.exec(text);
  const [, name, listen, upstream, protocol] = match ?? [];
  if (name !== undefined && listen !== undefined && upstream !== undefined) {
    return { name, listen, upstream, protocol: protocol === undefined ? 'tcp' : 'http' };
  }
  throw new HarnessError(
    'USAGE_INVALID',
    `--proxy must be name=listen,upstream or name=listen,upstream,http, got ${text}`,
    { hint: 'Write --proxy payment=127.0.0.1:7203,127.0.0.1:7103, say.' },
  );
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
