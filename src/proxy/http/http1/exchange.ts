import type { RequestPlan } from '../../../toxics/index.ts';

/** A request that went to the upstream, and whose answer is awaited. */
export interface Exchange {
  readonly method: string;
  readonly plan: RequestPlan;
  /** CONNECT, or an upgrade: what comes behind the request waits for the answer. */
  readonly wantsTunnel: boolean;
}
