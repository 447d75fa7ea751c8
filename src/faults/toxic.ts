import type { ToxicSpec } from '../scenario/index.ts';
import { LatencyLink } from './latency-link.ts';
import type { Link, LinkContext } from './link.ts';
import { ResetLink } from './reset-link.ts';

/** Returns a fresh link that does to one direction of one connection what the toxic says. */
export function linkFor(toxic: ToxicSpec, context: LinkContext): Link {
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
export function toxicAttributes(toxic: ToxicSpec): Readonly<Record<string, string>> {
  const { type: _, ...settings } = toxic;
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)]));
}
