import { toxicKind } from '../toxic-kind.ts';

export const httpBody = toxicKind({
  type: 'http_body',
  description:
    'Replaces the body of an answer, or cuts it off: then the connection (HTTP/2: the stream) is closed, though more was announced.',
  works: 'request',
  settings: {
    how: {
      kind: 'enum',
      name: 'how',
      values: ['truncate', 'replace'],
      default: 'truncate',
      description: 'Whether the body is cut off or replaced.',
      example: 'truncate',
    },
    bytes: {
      kind: 'bytes',
      name: 'bytes',
      default: 0,
      description: 'Of truncate: how much of the body goes; a shorter one stays whole.',
      example: '1KB',
    },
    body: {
      kind: 'string',
      name: 'body',
      default: '',
      description: 'Of replace: the new body; its length is announced.',
      example: '{"total":-1}',
    },
  },
  plan: ({ how, bytes, body }) =>
    how === 'replace' ? { replaceBody: body } : { truncateAfterBytes: Math.max(0, bytes) },
});
