import { Ajv } from 'ajv';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import {
  readScenario,
  resolveReferences,
  scenarioJsonSchema,
  type JsonSchema,
  type ReferenceValues,
} from '../../src/scenario/index.ts';
import { TOXICS_PAGE, toxicsPage } from '../../scripts/toxics-page.ts';
import { changed, refusalOf, SMALL } from './texts.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const validate = new Ajv({ strict: false }).compile(scenarioJsonSchema());
const scenarios = readdirSync(new URL('scenarios', root)).filter((file) => file.endsWith('.yaml'));

test('the committed schema is what the source makes', () => {
  const made = `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`;
  expect(read('schema/scenario.schema.json')).toBe(made);
});

test('the committed page about toxics is what the source makes', () => {
  expect(read(TOXICS_PAGE)).toBe(toxicsPage(scenarioJsonSchema()));
});

describe('the scenarios of this repository', () => {
  test.each(scenarios)('%s is valid, for the editor and for callgauge', async (file) => {
    expect(validate(parseYaml(read(`scenarios/${file}`))), JSON.stringify(validate.errors)).toBe(
      true,
    );
    const scenario = await readScenario(new URL(`scenarios/${file}`, root).pathname);
    const addresses = (
      specs: readonly { name: string }[],
    ): NonNullable<ReferenceValues['services']> =>
      Object.fromEntries(specs.map(({ name }, i) => [name, { host: '127.0.0.1', port: i + 1 }]));
    const resolved = resolveReferences(scenario, {
      services: addresses(scenario.services),
      proxies: addresses(scenario.proxies),
      env: {},
    });
    expect(JSON.stringify({ ...resolved, source: '' })).not.toMatch(
      /\$\{(?:env|services|proxies)\./u,
    );
  });
});

describe('the schema refuses what callgauge refuses', () => {
  test.each([
    ['a misspelt key', changed('targets:', 'targts:')],
    ['a rate without its unit', changed('50/s', '50')],
    ['a negative rate', changed('50/s', '-5/s')],
    ['a duration that is none', changed('10s', 'ten')],
    ['two kinds of rate', changed('rate: 50/s', 'rate: 50/s, ramp: { from: 1/s, to: 2/s }')],
    ['a name that is none', changed('checkout:', '"check out":')],
    ['an unknown method of spacing', changed('rate:', 'process: normal, rate:')],
    ['a path without its slash', changed('/api', 'api')],
  ])('%s', (_, text) => {
    expect(validate(parseYaml(text))).toBe(false);
    expect(refusalOf(text)).toHaveLength(1);
  });

  test('and takes a small file', () => {
    expect(validate(parseYaml(SMALL))).toBe(true);
  });
});

test('every key has a description and an example for the editor', () => {
  const without = keysOf(scenarioJsonSchema()).filter(
    ({ schema }) => schema.description === undefined || schema.examples === undefined,
  );
  expect(without.map(({ map, key }) => `${map}.${key}`)).toEqual([]);
});

describe('docs/reference/scenario.md', () => {
  const page = read('docs/reference/scenario.md');
  const driverPages = readdirSync(new URL('docs/reference', root))
    .filter((file) => file.endsWith('-driver.md'))
    .map((file) => read(`docs/reference/${file}`));

  test('has every key in the table of its map, with its default, and no other; or a driver has it', () => {
    // The settings of toxics are on a page of their own, which is made of the same schema.
    const keys = keysOf(scenarioJsonSchema()).filter(({ map }) => !map.includes('.toxic of type'));
    const wanted = keys.map(
      ({ map, key, schema, required }) => `${map} | ${key} | ${defaultText(schema, required)}`,
    );
    expect([page, ...driverPages].flatMap(documentedKeys).sort()).toEqual(wanted.sort());
  });

  test('shows examples that are valid', () => {
    const examples = [...page.matchAll(/^```yaml\n(.*?)^```/gmsu)].map((match) => match[1] ?? '');
    expect(examples.length).toBeGreaterThan(8);
    for (const example of examples) {
      const file: unknown = { ...(parseYaml(SMALL) as object), ...(parseYaml(example) as object) };
      expect(validate(file), `${example}${JSON.stringify(validate.errors)}`).toBe(true);
    }
  });
});

interface DocumentedKey {
  /** The map that has the key, as the page's headings name it. */
  readonly map: string;
  readonly key: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

/** A definition is documented where it is first used. */
function keysOf(
  given: JsonSchema,
  map = '',
  definitions = new Map(Object.entries(given.definitions ?? {})),
): DocumentedKey[] {
  const name = given.$ref?.slice('#/definitions/'.length);
  const schema = name === undefined ? given : definitions.get(name);
  if (!schema) return [];
  if (name !== undefined) definitions.delete(name);
  const own = Object.entries(schema.properties ?? {}).map(([key, inner]) => ({
    map: map === '' ? 'The file' : map,
    key,
    schema: inner,
    required: schema.required?.includes(key) ?? false,
  }));
  const named = schema.additionalProperties;
  return [
    ...own,
    ...own.flatMap(({ key, schema: inner }) =>
      keysOf(inner, map === '' ? key : `${map}.${key}`, definitions),
    ),
    ...(typeof named === 'object' ? keysOf(named, `${map}.NAME`, definitions) : []),
    ...(schema.items ? keysOf(schema.items, `${map}[]`, definitions) : []),
    ...(schema.oneOf ?? []).flatMap((form) => {
      const type = form.properties?.['type']?.const;
      return typeof type === 'string' ? keysOf(form, `${map} of type ${type}`, definitions) : [];
    }),
  ];
}

function defaultText(schema: JsonSchema, required: boolean): string {
  if (required) return 'required';
  if (schema.default === undefined) return '-';
  return typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default);
}

/** Reads the tables under `### heading` whose first column is Key. */
function documentedKeys(page: string): string[] {
  return page.split(/^##+ /mu).flatMap((section) => {
    const [heading = '', ...lines] = section.split('\n');
    const rows = lines.flatMap((line) => {
      const match = /^\| `([$\w]+)` \| [^|]+ \| ([^|]+) \| [^|]+ \|$/u.exec(line);
      return match
        ? [`${heading.replaceAll('`', '')} | ${match[1]} | ${match[2]?.replaceAll('`', '')}`]
        : [];
    });
    return lines.some((line) => line.startsWith('| Key |')) ? rows : [];
  });
}
