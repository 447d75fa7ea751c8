import type { ConnectParts, Ns } from '../core/index.ts';
import { LogLinearHistogram } from './log-linear-histogram.ts';
import type { HistogramPacker } from './packed-histograms.ts';

/**
 * How long the connections to one target took to open, within one phase, whole and by their parts.
 */
export class ConnectSeries {
  readonly #connect = new LogLinearHistogram();
  readonly #dns = new LogLinearHistogram();
  readonly #tcp = new LogLinearHistogram();
  readonly #tls = new LogLinearHistogram();

  /** Records one connection. Returns whether its time was past a histogram's range. */
  record(tookNs: Ns, parts: ConnectParts | undefined): boolean {
    if (parts !== undefined) {
      if (parts.dnsNs > 0) this.#dns.record(parts.dnsNs);
      this.#tcp.record(parts.tcpNs);
      if (parts.tlsNs > 0) this.#tls.record(parts.tlsNs);
    }
    return this.#connect.record(tookNs);
  }

  /** Packs what it holds, as that of `second`, and empties it. */
  take(
    second: number,
    { phase, target }: { readonly phase: string; readonly target: string },
    packer: HistogramPacker,
  ): void {
    const key = { phase, step: '', target, outcome: 'ok' } as const;
    packer.add(second, key, 'connect', this.#connect);
    packer.add(second, key, 'dns', this.#dns);
    packer.add(second, key, 'tcp', this.#tcp);
    packer.add(second, key, 'tls', this.#tls);
  }
}
