import { toxicKind } from '../toxic-kind.ts';

export const httpReset = toxicKind({
  type: 'http_reset',
  description:
    'Resets in place of an answer: the connection of HTTP/1.1 (TCP RST), the stream of HTTP/2. The upstream never sees the request.',
  works: 'request',
  settings: {},
  plan: () => ({ abort: { kind: 'reset' } }),
});
