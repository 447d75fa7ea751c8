import type { HistogramSlice, Ns } from '../core/index.ts';
import { takeInto } from './call-series.ts';
import { LogLinearHistogram } from './log-linear-histogram.ts';

/** What the opening of a connection was made of; 0 where there was no such part. */
export interface ConnectTimes {
  readonly dnsNs: Ns;
  readonly tcpNs: Ns;
  readonly tlsNs: Ns;
  readonly resumed: boolean;
  readonly staleDns?: boolean;
}

/** How long the connections to one target took to open, within one phase, whole and by their parts. */
export class ConnectSeries {
  readonly #connect = new LogLinearHistogram();
  readonly #dns = new LogLinearHistogram();
  readonly #tcp = new LogLinearHistogram();
  readonly #tls = new LogLinearHistogram();

  /** Records one connection. Returns whether its time was past a histogram's range. */
  record(tookNs: Ns, times: ConnectTimes | undefined): boolean {
    if (times !== undefined) {
      if (times.dnsNs > 0) this.#dns.record(times.dnsNs);
      this.#tcp.record(times.tcpNs);
      if (times.tlsNs > 0) this.#tls.record(times.tlsNs);
    }
    return this.#connect.record(tookNs);
  }

  /** Adds what it holds to `slices`, as that of `second`, and empties it. */
  take(
    second: number,
    { phase, target }: { readonly phase: string; readonly target: string },
    slices: HistogramSlice[],
  ): void {
    const key = { phase, step: '', target, outcome: 'ok' } as const;
    takeInto(slices, second, key, 'connect', this.#connect);
    takeInto(slices, second, key, 'dns', this.#dns);
    takeInto(slices, second, key, 'tcp', this.#tcp);
    takeInto(slices, second, key, 'tls', this.#tls);
  }
}
