import { randomInt } from 'node:crypto';

import { HarnessError } from '../../core/index.ts';
import {
  loggedControl,
  populateProxies,
  proxyText,
  startProxyAdmin,
  startProxyHost,
  type ProxyControl,
  type WantedProxy,
} from '../../proxy/index.ts';
import type { HostOptions } from '../host-options.ts';
import { checkLimits } from '../command-limits.ts';
import { notMade, initialProxies } from '../initial-proxies.ts';
import { parseListenAddress } from '../listen-address.ts';
import { listenForStop } from '../signals.ts';
import type { Terminal } from '../terminal.ts';

/** The options of `proxy`, as they were typed. */
export interface ProxyOptions extends HostOptions {
  readonly listen: string;
  readonly config?: string;
  readonly proxy: readonly string[];
  readonly seed?: string;
  readonly allowRemoteListen?: true;
}

/**
 * Runs proxies and their admin API until the user stops them.
 * @throws USAGE_INVALID, PROXIES_INVALID, LISTEN_FAILED
 */
export async function serveProxies(options: ProxyOptions, terminal: Terminal): Promise<void> {
  checkLimits('proxy');
  const listen = parseListenAddress(options.listen, '--listen');
  const seed = seedOf(options.seed);
  const wanted = initialProxies(options);
  const stop = listenForStop();
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  // Heard of where it is awaited; until then it is no unhandled rejection.
  failed.catch(() => undefined);
  const control = await startProxyHost({
    proxies: [],
    seed,
    tellsAnyone: true,
    onFailure: fail,
  });
  try {
    // The API's own port first, so that no proxy is met where that one is taken; it answers when
    // all proxies are up.
    const { promise: stand, resolve: allStand } = Promise.withResolvers<void>();
    const logged = loggedControl(control, (line) => terminal.progress(line));
    const admin = await startProxyAdmin({
      control: logged,
      takeTouches: () => control.takeTouches(),
      listen,
      allowedHosts: options.allowHost,
      allowRemoteListen: options.allowRemoteListen ?? false,
      after: stand,
    });
    try {
      await begin(control, wanted);
      allStand();
      terminal.progress(`admin API at ${admin.url}, seed ${seed}, Ctrl-C ends it`);
      for (const proxy of await control.proxies()) terminal.progress(`  ${proxyText(proxy)}`);
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
  const { proxies, error } = await populateProxies(control, wanted);
  if (error !== undefined) throw notMade(error, wanted[proxies.length]?.location ?? '');
}

function seedOf(text: string | undefined): number {
  if (text === undefined) return randomInt(2 ** 32);
  const seed = Number(text);
  if (/^\d+$/u.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new HarnessError('USAGE_INVALID', `--seed must be a whole number, 0 or more, got ${text}`, {
    hint: 'Write --seed 42, say.',
  });
}
