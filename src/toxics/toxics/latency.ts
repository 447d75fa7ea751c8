import type { Ns, Rng } from '../../core/index.ts';
import { DelayingLink } from '../delaying-link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const latency = toxicKind({
  type: 'latency',
  description: 'Delays every chunk of data, keeping the order.',
  isToxiproxys: true,
  works: 'stream',
  ramps: 'amount',
  settings: {
    latencyNs: {
      kind: 'duration',
      wire: 'ms',
      name: 'latency',
      default: 0,
      description: 'How much every chunk of data is delayed.',
      example: '250ms',
    },
    jitterNs: {
      kind: 'duration',
      wire: 'ms',
      name: 'jitter',
      default: 0,
      description: 'The delay varies evenly by this much up and down.',
      example: '50ms',
    },
  },
  link: ({ latencyNs, jitterNs }, context) =>
    new DelayingLink(() => latencyNs + jitter(jitterNs, context.rng), context),
});

/** Returns a draw, uniform in [-jitterNs, jitterNs), in whole ns. */
function jitter(jitterNs: Ns, rng: Rng): Ns {
  return jitterNs <= 0 ? 0 : Math.floor((rng.nextFloat() * 2 - 1) * jitterNs);
}
