/**
 * A proxy in front of the answering server: the client is the same, what it passes through is not.
 */
export interface ProxyUnderTest {
  readonly name: string;
  /** Returns why it cannot be measured here; undefined where it can. */
  missing(): string | undefined;
  /** Starts it in front of `127.0.0.1:upstreamPort`; resolves when it listens. */
  start(upstreamPort: number, scratch: string): Promise<RunningProxy>;
}

export interface RunningProxy {
  /** Where it listens on loopback. */
  readonly port: number;
  /** The process whose processor time is looked at; undefined: there is none. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** Longer than any bench. */
export const BOUND_SEC = 600;
