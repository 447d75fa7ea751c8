import { basename } from 'node:path';
import * as z from 'zod';
import { type ExactNumber, formText, isNumeric } from '../../core/index.ts';
import { callText, callTextOrEmpty, isJson, jsonNumber, jsonTexts } from '../file/call-texts.ts';
import { text } from '../file/quantities.ts';
import type { BodyPart } from '../request-spec.ts';
import { jsonTemplate, readTemplate, type Template } from '../template.ts';

/** The body of a request of HTTP, in its forms: `body`, `json`, `form` and `multipart`. */

const VALUES_MAX = 1_000;

const filePath = text('must be the path of a file', {
  description:
    "A file that is sent as it is, byte by byte, without filling in references; relative to the scenario file's folder, 32 MiB at most.",
  examples: ['photo.png'],
}).refine((path) => !path.includes('${'), {
  error: 'must hold no reference: the file is read before the run',
});

const value = z.union(
  [
    callTextOrEmpty('must be a text', 'text', {
      description: 'A value. May hold references.',
      examples: ['${users.name}'],
    }),
    jsonNumber('must be a number'),
    z.boolean(),
  ],
  { error: 'must be a text, a number, true or false' },
);
const partLine = (description: string, example: string) =>
  text('must be a text', { description, examples: [example] })
    .regex(/^[^\p{Cc}]*$/u, { error: 'must be one line without control characters' })
    .refine((line) => !line.includes('${'), { error: 'must hold no reference' })
    .optional();

const part = z
  .strictObject({
    value: value.optional().meta({ description: 'The text of the part. May hold references.' }),
    file: filePath.optional(),
    filename: partLine('What the file is called; without it, its own name.', 'photo.png'),
    type: partLine(
      'The content-type of the part; of a file application/octet-stream, else none.',
      'image/png',
    ),
  })
  .refine((one) => (one.value === undefined) !== (one.file === undefined), {
    error: 'must have exactly one of value and file',
  });

/** A map of names to one value each, or to a list of them. */
function mapOf<V extends z.ZodType>(one: V, wanted: string) {
  const key = z
    .string()
    .min(1, 'must not be empty')
    .refine((name) => !name.includes('${'), {
      error: 'must hold no reference: references stand in values',
    });
  const values = z.union(
    [one, z.array(one).max(VALUES_MAX, `must have ${VALUES_MAX} values at most`)],
    { error: wanted },
  );
  return z.record(key, values, { error: 'must be a map of names' });
}

/** The keys of a request that say its body; at most one of them. */
export const bodyKeys = {
  body: z
    .union(
      [
        callText('must be a text', 'text', {
          description: 'The body, sent as UTF-8. May hold references.',
          examples: ['<order id="${random.uuid}"/>'],
        }),
        z.strictObject({ file: filePath }),
      ],
      { error: 'must be a text, or { file: PATH }' },
    )
    .optional()
    .meta({
      description:
        'The body: a text, sent as UTF-8, which may hold references; or { file: PATH }, which is sent as it is. At most one of body, json, form and multipart.',
      examples: ['<order id="${random.uuid}"/>', { file: 'photo.png' }],
    }),
  json: z
    .unknown()
    .refine(isJson, { error: 'must be JSON, without .nan and .inf' })
    .superRefine(jsonTexts)
    .optional()
    .meta({
      description:
        'The body as a value, sent as JSON with content-type application/json. Its texts may hold references; one that is a reference alone keeps the type of its value. At most one of body, json, form and multipart.',
      examples: [{ sku: 'A-1', user: '${users.id}' }],
    }),
  form: mapOf(value, 'must be a text, a number, true or false, or a list of those')
    .optional()
    .meta({
      description:
        'The body as a form, sent with content-type application/x-www-form-urlencoded. Values may hold references, and are encoded once these are filled in; a list sends its name once for each. At most one of body, json, form and multipart.',
      examples: [{ user: '${users.name}', password: '${users.password}' }],
    }),
  multipart: mapOf(
    z.union([value, part], { error: 'must be a value, or a map of value, file, filename, type' }),
    'must be a value, a map of value, file, filename and type, or a list of those',
  )
    .optional()
    .meta({
      description:
        'The body in parts, sent with content-type multipart/form-data. Each has a name, and is a value, which may hold references, or a map: value or file, filename, type. At most one of body, json, form and multipart.',
      examples: [{ title: '${random.text(8)}', photo: { file: 'photo.png', type: 'image/png' } }],
    }),
};

const bodyFile = z.object(bodyKeys);
type BodyFile = z.output<typeof bodyFile>;

/** A body as a request has it. */
export interface HttpBody {
  readonly body: Template;
  readonly parts?: readonly BodyPart[];
  /** What its content-type is where the step says none; absent for none. */
  readonly contentType?: string;
}

/** Returns which keys of a request say a body. */
export function bodyKeysOf(file: BodyFile): readonly string[] {
  return Object.keys(bodyKeys).filter((key) => file[key as keyof BodyFile] !== undefined);
}

/** Returns the body of a valid request; `boundary` stands between the parts of one in parts. */
export function httpBody({ body, json, form, multipart }: BodyFile, boundary: string): HttpBody {
  if (json !== undefined) {
    return { body: jsonTemplate(json), contentType: 'application/json' };
  }
  if (form !== undefined) {
    return { body: formTemplate(form), contentType: 'application/x-www-form-urlencoded' };
  }
  if (multipart !== undefined) {
    return {
      body: [],
      parts: multipartParts(multipart, boundary),
      contentType: `multipart/form-data; boundary=${boundary}`,
    };
  }
  if (typeof body === 'object') return { body: [], parts: [{ file: body.file }] };
  return { body: textTemplate(body ?? '') };
}

type Value = string | boolean | number | ExactNumber;

function formTemplate(form: NonNullable<BodyFile['form']>): Template {
  const pairs = Object.entries(form).flatMap(([name, values]) =>
    listOf<Value>(values).map((one) => [name, one] as const),
  );
  const pieces = pairs.flatMap(([name, one], i): Template => [
    `${i === 0 ? '' : '&'}${formText(name)}=`,
    ...readTemplate(valueText(one), 'form').template.map((piece) =>
      typeof piece === 'string' ? formText(piece) : piece,
    ),
  ]);
  return joined(pieces);
}

/** @see https://www.rfc-editor.org/rfc/rfc7578 */
function multipartParts(
  multipart: NonNullable<BodyFile['multipart']>,
  boundary: string,
): readonly BodyPart[] {
  const parts: BodyPart[] = [];
  for (const [name, values] of Object.entries(multipart)) {
    for (const one of listOf<Value | z.output<typeof part>>(values)) {
      const given = typeof one === 'object' && !isNumeric(one) ? one : { value: one };
      const { file, filename = file === undefined ? undefined : basename(file) } = given;
      const type = given.type ?? (file === undefined ? undefined : 'application/octet-stream');
      const head = [
        `--${boundary}`,
        `content-disposition: form-data; name="${quotable(name)}"${
          filename === undefined ? '' : `; filename="${quotable(filename)}"`
        }`,
        ...(type === undefined ? [] : [`content-type: ${type}`]),
      ];
      parts.push([`${head.join('\r\n')}\r\n\r\n`]);
      parts.push(
        file === undefined
          ? textTemplate(valueText(given.value ?? ''))
          : { file, without: boundary },
      );
      parts.push(['\r\n']);
    }
  }
  parts.push([`--${boundary}--\r\n`]);
  return parts;
}

function listOf<T>(values: T | readonly T[]): readonly T[] {
  return Array.isArray(values) ? (values as readonly T[]) : [values as T];
}

function valueText(one: Value): string {
  return typeof one === 'string' ? one : JSON.stringify(one);
}

function textTemplate(written: string): Template {
  return readTemplate(written, 'text').template;
}

/** As browsers write a name between quotes. */
function quotable(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Joins neighbouring texts. */
function joined(pieces: Template): Template {
  const all: Template[number][] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') all.splice(-1, 1, last + piece);
    else all.push(piece);
  }
  return all;
}
