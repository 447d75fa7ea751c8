import { toxicKind } from '../toxic-kind.ts';

export const httpSlowBody = toxicKind({
  type: 'http_slow_body',
  description:
    'Lets the headers of an answer pass, and its body no faster than a rate; when it leaves, what is under way goes on at once.',
  works: 'request',
  settings: {
    bytesPerSec: {
      kind: 'byteRate',
      name: 'rate',
      default: 0,
      description: 'How fast the body goes; at 0 it stays until the toxic leaves.',
      example: '10KB/s',
    },
  },
  plan: ({ bytesPerSec }, { origin }) => ({
    bodyRates: [{ bytesPerSec: Math.max(0, bytesPerSec), of: origin }],
  }),
});
