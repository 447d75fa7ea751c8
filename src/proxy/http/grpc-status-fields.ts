import type { Abort, HeaderField } from '../../faults/index.ts';

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
