import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROPAGATION_FORMATS, RunIds, traceFields } from '../../src/trace/index.ts';
import {
  SPAN_ID,
  SPAN_ID_DECIMAL,
  TRACE_ID_TAIL,
  TRACE_ID_TAIL_DECIMAL,
} from '../../src/trace/trace-format.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/reference/propagation.md'), 'utf8');

/** What the page's example writes. */
const IDS = new Map([
  [TRACE_ID_TAIL, '4bf92f3577b34da6'],
  [SPAN_ID, '00f067aa0ba902b7'],
  [TRACE_ID_TAIL_DECIMAL, String(0x4bf92f3577b34da6n)],
  [SPAN_ID_DECIMAL, String(0x00f067aa0ba902b7n)],
]);

it('the page has every format with its headers, as they are sent, and their bytes', () => {
  const rows = PROPAGATION_FORMATS.flatMap((format) => {
    const fields = traceFields([format], new RunIds('691fab800000beef'));
    const bytes = fields.reduce((sum, { name, value }) => sum + name.length + value.length + 4, 0);
    return fields.map(({ name, value, places }, i) => {
      const example = places.reduceRight(
        (text, { part, offset }) =>
          text.slice(0, offset) + (IDS.get(part) ?? '') + text.slice(offset + part.bytes),
        value,
      );
      return [
        i === 0 ? `\`${format}\`` : '',
        `\`${name}\``,
        `\`${example}\``,
        i === 0 ? `${bytes}` : '',
      ];
    });
  });
  const sent = page.slice(page.indexOf('## What is sent'), page.indexOf('## What is lost'));
  const written = [...sent.matchAll(/^\|(.*)\|$/gmu)]
    .map(([, row = '']) => row.split('|').map((cell) => cell.trim()))
    .slice(2)
    .map(([format, header, example, , bytes]) => [format, header, example, bytes]);
  expect(written).toEqual(rows);
});
