/** What a proxy is to be: its addresses and its protocol. */
export interface ProxySpec {
  readonly name: string;
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  /** `host:port`. */
  readonly upstream: string;
  /**
   * `http`: requests are read, HTTP/1.1 and HTTP/2 without TLS, so that toxics can work on them.
   */
  readonly protocol: 'tcp' | 'http';
  /** Whether a request's own headers may ask for a fault, as Envoy's do. Of `http` only. */
  readonly callerFaults: boolean;
}
