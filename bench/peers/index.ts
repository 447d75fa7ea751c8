import { autocannon } from './autocannon.ts';
import { bombardier } from './bombardier.ts';
import { h2load } from './h2load.ts';
import { hey } from './hey.ts';
import type { Peer } from './peer.ts';
import { vegeta } from './vegeta.ts';
import { wrk } from './wrk.ts';
import { wrk2 } from './wrk2.ts';

export type { Load, PacedLoad, Peer, Percentiles } from './peer.ts';

const ALL: readonly Peer[] = [wrk, wrk2, bombardier, vegeta, h2load, autocannon, hey];

/**
 * Returns the peers that are asked for and that the machine has, and says in one line each which
 * are left out.
 */
export function peersHere(
  wanted: readonly string[] | undefined,
  say: (line: string) => void,
): Peer[] {
  return ALL.filter((peer) => {
    if (wanted !== undefined && !wanted.includes(peer.name)) return false;
    const here = peer.isHere();
    if (!here) say(`${peer.name} skipped: it is not on this machine`);
    return here;
  });
}
