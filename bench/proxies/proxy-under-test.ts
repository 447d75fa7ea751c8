import type { StartOptions } from '../child-process.ts';

/**
 * A proxy in front of the answering server: the client is the same, what it passes through is not.
 */
export interface ProxyUnderTest {
  readonly name: string;
  /** Returns why it cannot be measured here; undefined where it can. */
  missing(): string | undefined;
  /** Whether it can delay what passes. */
  readonly hasToxics: boolean;
  /** Starts it in front of `127.0.0.1:upstreamPort`; resolves when it listens. */
  start(upstreamPort: number, scratch: string, way?: ProxyWay): Promise<RunningProxy>;
}

/** How a proxy is to run. */
export interface ProxyWay {
  /** The only core it may run on; any where it is not given. */
  readonly core?: number;
  /** By how much a latency toxic delays answers; without a toxic where it is not given. */
  readonly latencyMs?: number;
}

export interface RunningProxy {
  /** Where it listens on loopback. */
  readonly port: number;
  /** The process whose processor time is looked at; undefined: there is none. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** Returns how the process of a proxy is started, pinned where a core is given. */
export function startOptions({ core }: ProxyWay): StartOptions {
  return core === undefined ? { boundSec: BOUND_SEC } : { boundSec: BOUND_SEC, core };
}

/** Longer than any bench. */
const BOUND_SEC = 600;
