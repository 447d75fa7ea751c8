import { TextDecoder } from 'node:util';

/** By label, each made at its first use. */
const decoders = new Map<string, TextDecoder>();

const CHARSET = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]+))/iu;

/**
 * Returns the bytes of a body as text: by the byte order mark that it begins with, which is no part
 * of the text, else by the charset of its content-type, else as UTF-8. Undefined for a charset that
 * is not known. Bytes that stand for nothing become U+FFFD.
 * @see https://encoding.spec.whatwg.org/#decode
 */
export function bodyText(bytes: Buffer, contentType: string | undefined): string | undefined {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return bytes.toString('utf8', 3);
  if (first === 0xfe && second === 0xff) return decoderOf('utf-16be')?.decode(bytes);
  if (first === 0xff && second === 0xfe) return decoderOf('utf-16le')?.decode(bytes);
  const label = charsetOf(contentType);
  if (label === undefined || label === 'utf-8') return bytes.toString('utf8');
  return decoderOf(label)?.decode(bytes);
}

/** Returns the charset that a content-type names, in lower case; undefined where it names none. */
export function charsetOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined) return undefined;
  const [, quoted, plain] = CHARSET.exec(contentType) ?? [];
  return (quoted ?? plain)?.toLowerCase();
}

function decoderOf(label: string): TextDecoder | undefined {
  const known = decoders.get(label);
  if (known) return known;
  try {
    const decoder = new TextDecoder(label);
    decoders.set(label, decoder);
    return decoder;
  } catch {
    // What is no label is the target's doing: an outcome of the call.
    return undefined;
  }
}
