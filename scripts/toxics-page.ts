import { TOXIC_KINDS, type ToxicKind } from '../src/toxics/index.ts';
import type { JsonSchema } from '../src/scenario/index.ts';

/** The path of the page about toxics. */
export const TOXICS_PAGE = 'docs/reference/toxics.md';

/** Keys that toxics of several types share; they have a table of their own. */
const SHARED = ['type', 'toxicity', 'stream', 'trigger', 'ramp', 'match'];

/**
 * Returns the page that describes every toxic and its settings in a scenario file, made of the
 * catalogue and of its schema.
 */
export function toxicsPage(schema: JsonSchema): string {
  const forms = schema.properties?.['faults']?.items?.properties?.['toxic']?.oneOf ?? [];
  const kinds = [...TOXIC_KINDS.values()];
  const sections = kinds.flatMap((kind) => {
    const form = forms.find(({ properties }) => properties?.['type']?.const === kind.type);
    return form ? [toxicSection(kind, form)] : [];
  });
  const request = kinds.find(({ works }) => works === 'request');
  const widest = forms.find(({ properties }) => properties?.['type']?.const === request?.type);
  return `${[INTRO, listOf(kinds), ...sections, ...(widest ? sharedSections(widest) : []), ...delaySections(forms)].join('\n\n')}\n`;
}

const INTRO = `# Toxics

What the \`toxic\` of a fault can be in a scenario file: its \`type\`, the settings of that type, and [those of every toxic](#every-toxic).
Made by \`npm run generate\` from the catalogue under \`src/toxics/toxics\`; how to add one: [CREATING_TOXICS](../CREATING_TOXICS.md).

A toxic works on the bytes of a connection (\`stream\`), on connections before anything passes (\`connection\`), or on HTTP requests
(\`request\`), for which its proxy needs \`protocol: http\`. 1 KB is 1000 B.`;

function listOf(kinds: readonly ToxicKind[]): string {
  const rows = kinds.map(
    ({ type, works, description }) =>
      `| [\`${type}\`](#${type}) | ${works} | ${cell(description)} |`,
  );
  return ['| Type | Works on | What it does |', '|---|---|---|', ...rows].join('\n');
}

function toxicSection({ type, works, description }: ToxicKind, form: JsonSchema): string {
  const own = Object.keys(form.properties ?? {}).filter((key) => !SHARED.includes(key));
  const lines = [`## \`${type}\``, '', `${description} Works on: ${works}.`, ''];
  return [...lines, ...(own.length > 0 ? tableOf(form, own) : ['It has no settings.'])].join('\n');
}

function sharedSections(form: JsonSchema): readonly string[] {
  const shared = tableOf(form, SHARED);
  const trigger = form.properties?.['trigger'];
  const match = form.properties?.['match'];
  return [
    [
      '## Every toxic',
      '',
      'Beside its own keys. `stream` has no effect on toxics on whole connections; only toxics on requests have `match`. `toxicity` and `trigger` count connections,',
      'of a toxic on requests the requests that match; all draws follow from the seed.',
      '',
      ...shared,
    ].join('\n'),
    ...(trigger ? [['### `trigger`', '', ...tableOf(trigger)].join('\n')] : []),
    ...(match ? [['### `match`', '', ...tableOf(match)].join('\n')] : []),
  ];
}

function delaySections(forms: readonly JsonSchema[]): readonly string[] {
  const settings = forms.flatMap(({ properties }) => Object.values(properties ?? {}));
  const delay = settings.find(({ oneOf }) => oneOf?.some((form) => distributionOf(form)));
  const intro = [
    '## Delays',
    '',
    'A delay is drawn anew each time, from the distribution that it names. Each has keys of its own.',
  ].join('\n');
  const sections = (delay?.oneOf ?? []).map((form) =>
    [`### \`${distributionOf(form)}\``, '', form.description ?? '', '', ...tableOf(form)].join(
      '\n',
    ),
  );
  return delay ? [intro, ...sections] : [];
}

function distributionOf(form: JsonSchema): string {
  const distribution = form.properties?.['distribution']?.const;
  return typeof distribution === 'string' ? distribution : '';
}

function tableOf(map: JsonSchema, keys = Object.keys(map.properties ?? {})): readonly string[] {
  const rows = keys.flatMap((key) => {
    const schema = map.properties?.[key];
    if (!schema) return [];
    const [example] = schema.examples ?? [];
    return `| \`${key}\` | ${defaultText(schema, map.required?.includes(key) ?? false)} | ${codeText(example)} | ${cell(schema.description ?? '')} |`;
  });
  return ['| Key | Default | Example | Meaning |', '|---|---|---|---|', ...rows];
}

function defaultText(schema: JsonSchema, required: boolean): string {
  if (required) return 'required';
  return schema.default === undefined ? '-' : codeText(schema.default);
}

function codeText(value: unknown): string {
  if (value === undefined || value === '') return '-';
  return `\`${cell(typeof value === 'string' ? value : JSON.stringify(value))}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
