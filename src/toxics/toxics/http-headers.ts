import { headerNameProblems } from '../http/edit-headers.ts';
import { toxicKind } from '../toxic-kind.ts';

export const httpHeaders = toxicKind({
  type: 'http_headers',
  description:
    'Edits the headers of requests (stream upstream) or of answers (stream downstream): removes, then sets, then adds. Those that say where a message ends stay as they are.',
  works: 'request',
  settings: {
    remove: {
      kind: 'stringList',
      name: 'remove',
      description: 'Headers to take away.',
      example: ['authorization'],
    },
    set: {
      kind: 'stringMap',
      name: 'set',
      description: 'Headers to set, in place of what is there.',
      example: { 'cache-control': 'no-store' },
    },
    add: {
      kind: 'stringMap',
      name: 'add',
      description: 'Headers to add beside what is there.',
      example: { 'x-canary': 'yes' },
    },
  },
  check: ({ remove, set, add }) => [
    ...headerNameProblems('remove', remove),
    ...headerNameProblems('set', Object.keys(set)),
    ...headerNameProblems('add', Object.keys(add)),
  ],
  plan: (edit, { stream }) =>
    stream === 'upstream' ? { requestHeaders: [edit] } : { responseHeaders: [edit] },
});
