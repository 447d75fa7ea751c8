import type { Ns } from '../../core/index.ts';

/** What {@link Balancer.pick} says where no endpoint may be used. */
export const NO_ENDPOINT = -1;

/**
 * Which endpoints may be used: 1 for one that may, 0 for one that is out. As many as the balancer
 * was made for; what is in it may change from pick to pick.
 */
export type UsableEndpoints = Uint8Array;

/** What an attempt is picked for. One may be used again and again: nobody keeps it. */
export interface PickRequest {
  /**
   * Endpoints that earlier attempts of the call went to, in their order; empty where one may go to
   * the same again. They get this one only where no other may, and then the last one last.
   */
  readonly tried: readonly number[];
  /** {@link hashText} of what the call is bound to an endpoint by; balancers by load ignore it. */
  readonly keyHash: number;
}

/**
 * Chooses the endpoint of every attempt. It hears of each as it begins, and once as it is over.
 */
export interface Balancer {
  /** Returns an endpoint by its index, or {@link NO_ENDPOINT}. */
  pick(usable: UsableEndpoints, request: PickRequest, nowNs: Ns): number;
  /** An attempt goes to an endpoint. */
  begun(endpoint: number): void;
  /** One is over, `tookNs` after it began. */
  ended(endpoint: number, tookNs: Ns, failed: boolean, nowNs: Ns): void;
  /** One is over that says nothing of its endpoint: it was cancelled, or never sent. */
  abandoned(endpoint: number): void;
}
