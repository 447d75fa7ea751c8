import type { Ns, Ratio } from '../core/index.ts';
import { LatencyLink } from './latency-link.ts';
import type { Link, LinkContext } from './link.ts';
import { ResetLink } from './reset-link.ts';

/** The direction of a stream: `downstream` is from the upstream server to the client. */
export type Direction = 'upstream' | 'downstream';

/** What can be done to a stream of bytes. One member and one link file per toxic. */
export type Toxic = LatencyToxic | ResetToxic;

interface ToxicCommon {
  readonly stream: Direction;
  /** The share of connections that it affects, rolled once per connection. */
  readonly toxicity: Ratio;
}

/** Delays every chunk by a uniform draw of [latency - jitter, latency + jitter). */
export interface LatencyToxic extends ToxicCommon {
  readonly type: 'latency';
  readonly latencyNs: Ns;
  readonly jitterNs: Ns;
}

/** Waits for the first data, then `afterNs`, then resets the connection (TCP RST). */
export interface ResetToxic extends ToxicCommon {
  readonly type: 'reset';
  readonly afterNs: Ns;
}

/** Returns a fresh link that does to one direction of one connection what the toxic says. */
export function linkFor(toxic: Toxic, context: LinkContext): Link {
  let link: Link;
  switch (toxic.type) {
    case 'latency':
      link = new LatencyLink(toxic, context);
      break;
    case 'reset':
      link = new ResetLink(toxic, context);
      break;
  }
  return link;
}

/** Returns the toxic's own settings as text, as a fault window and a report show them. */
export function toxicAttributes(toxic: Toxic): Readonly<Record<string, string>> {
  const { type: _, ...settings } = toxic;
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)]));
}
