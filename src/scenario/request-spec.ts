import { hasHole, templateText, type Template } from './template.ts';

/**
 * What a call sends, in the parts that protocols share: the path that is asked for, named texts
 * beside the body (headers, metadata), and the body. '' and an empty list for what a protocol does
 * not have.
 */
export interface RequestSpec {
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** The body where it is no text, in place of `body`. */
  readonly bytes?: Uint8Array;
  /** What such a body is made of; its files have their bytes once they were read. */
  readonly parts?: readonly BodyPart[];
  /**
   * The same with the holes that are filled in; absent where there are none. The texts then show
   * the references as they were written, for people only.
   */
  readonly templates?: RequestTemplates;
}

export interface RequestTemplates {
  /** Of a method that is filled in; absent for one that is the same for every call. */
  readonly method?: Template;
  readonly path: Template;
  readonly headers: readonly (readonly [name: string, value: Template])[];
  /** Empty for none. */
  readonly body: Template;
  /** In place of `body`, one behind the other, where a body is no text. */
  readonly parts?: readonly BodyPart[];
}

/** A part of a body: a text, or a file that is sent as it is. */
export type BodyPart = Template | FilePart;

export interface FilePart {
  /** As the scenario writes it. */
  readonly file: string;
  /** Undefined until it was read. */
  readonly bytes?: Uint8Array;
  /** What the file must not hold: the boundary around it. */
  readonly without?: string;
}

export function isFilePart(part: BodyPart): part is FilePart {
  return 'file' in part;
}

/** Returns the texts among the parts of a body. */
export function textsAmong(parts: readonly BodyPart[] = []): readonly Template[] {
  return parts.flatMap((part) => (isFilePart(part) ? [] : [part]));
}

/** Returns the request of templates, which are left out where nothing in them is filled in. */
export function requestFrom(templates: RequestTemplates): RequestSpec {
  const { method = [], path, headers, body, parts } = templates;
  const bytes = parts && bytesOf(parts);
  const texts = {
    path: templateText(path),
    headers: headers.map(([name, value]) => [name, templateText(value)] as const),
    body: templateText(body),
    ...(parts && { parts }),
    ...(bytes && { bytes }),
  };
  const all = [method, path, body, ...textsAmong(parts), ...headers.map(([, value]) => value)];
  return all.some(hasHole) ? { ...texts, templates } : texts;
}

/** Returns the templates of a request, also of one in which nothing is filled in. */
export function templatesOf({ templates, path, headers, body, parts }: RequestSpec) {
  if (templates) return templates;
  return {
    path: [path],
    headers: headers.map(([name, value]) => [name, [value]] as const),
    body: body === '' ? [] : [body],
    ...(parts && { parts }),
  };
}

/** Returns the bytes of a body; undefined while something of it is not known. */
function bytesOf(parts: readonly BodyPart[]): Uint8Array | undefined {
  const known: Uint8Array[] = [];
  for (const part of parts) {
    const bytes = isFilePart(part) ? part.bytes : hasHole(part) ? undefined : encoded(part);
    if (bytes === undefined) return undefined;
    known.push(bytes);
  }
  return Uint8Array.from(Buffer.concat(known));
}

function encoded(template: Template): Uint8Array {
  return Buffer.from(templateText(template), 'utf8');
}
