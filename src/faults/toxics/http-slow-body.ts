import { toxicKind } from '../toxic-kind.ts';

export const httpSlowBody = toxicKind({
  type: 'http_slow_body',
  description: 'Lets the headers of an answer pass, and its body no faster than a rate.',
  works: 'request',
  settings: {
    bytesPerSec: {
      kind: 'byteRate',
      name: 'rate',
      default: 0,
      description: 'How fast the body goes; at 0 it never goes.',
      example: '10KB/s',
    },
  },
  plan: ({ bytesPerSec }) => ({ bodyBytesPerSec: Math.max(0, bytesPerSec) }),
});
