import { drawDelay } from '../delay.ts';
import { toxicKind } from '../toxic-kind.ts';

export const httpDelay = toxicKind({
  type: 'http_delay',
  description: 'Holds a request, and with it what comes behind it on an HTTP/1.1 connection.',
  works: 'request',
  ramps: 'amount',
  settings: {
    delay: {
      kind: 'delay',
      name: 'delay',
      description: 'How long; drawn anew for each request. A removal leaves what is held to wait.',
      example: { distribution: 'lognormal', median: '20ms', sigma: 0.5, max: '1s' },
    },
  },
  plan: ({ delay }, { rng, strength }) => ({
    delayNs: Math.round(drawDelay(delay, rng) * strength),
  }),
});
