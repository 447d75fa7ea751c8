import { type Abort, type HeaderField, sendableFields } from '../../toxics/index.ts';

/** An answer that is made here. */
export interface LocalAnswer {
  readonly status: number;
  readonly fields: readonly HeaderField[];
  readonly body: string;
}

/** Returns what an abort answers; undefined where it resets. */
export function abortAnswer(abort: Abort): LocalAnswer | undefined {
  switch (abort.kind) {
    case 'answer': {
      const { status, headers, body } = abort;
      return { status, fields: sendableFields(headers), body };
    }
    case 'grpc': {
      return { status: 200, fields: grpcStatusFields(abort), body: '' };
    }
    case 'reset':
      return undefined;
  }
}

/** Headers in which a gRPC answer of nothing but trailers carries its status. */
export const GRPC_STATUS_FIELDS: ReadonlySet<string> = new Set([
  'grpc-status',
  'grpc-message',
  'grpc-status-details-bin',
]);

/** Returns the headers of a trailers-only answer, without `:status`. */
export function grpcStatusFields(abort: Extract<Abort, { kind: 'grpc' }>): readonly HeaderField[] {
  const { status, message } = abort;
  const fields: HeaderField[] = [
    ['content-type', 'application/grpc'],
    ['grpc-status', String(status)],
  ];
  if (message !== '') fields.push(['grpc-message', percentEncoded(message)]);
  return fields;
}

/** Returns the text as gRPC sends messages: UTF-8, all but visible ASCII and the blank as %XX. */
function percentEncoded(text: string): string {
  return Array.from(Buffer.from(text, 'utf8'), (byte) => {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    if (isPlain) return String.fromCharCode(byte);
    return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
