import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { CriteriaReport } from '../../../src/report/criteria/criteria-report.ts';
import { githubAnnotations } from '../../../src/report/ci/github-annotations.ts';
import { renderJunit } from '../../../src/report/ci/junit-xml.ts';
import { renderNagios } from '../../../src/report/ci/nagios-text.ts';
import { renderOpenMetrics } from '../../../src/report/ci/openmetrics-text.ts';
import { renderMarkdown } from '../../../src/report/index.ts';
import { HOSTILE, hostileText } from '../../core/hostile-text.ts';
import { expectGolden } from '../../golden/golden.ts';
import { alerts, parseNagios } from './nagios-line.ts';
import { SAMPLE_CRITERIA } from './sample-criteria.ts';

describe('what CI is told', () => {
  it.each(Object.entries(SAMPLE_CRITERIA))(
    'of a result that is %s is golden',
    async (name, criteria) => {
      const report = await criteria();
      const forms = [
        // The whole report is the golden file of another test.
        ['JUnit', renderJunit(report).replace(/(?<=<system-out>)[^<]*/u, '...')],
        ['GitHub', `${githubAnnotations(report).join('\n')}\n`],
        ['OpenMetrics', renderOpenMetrics(report)],
        ['Nagios', renderNagios(report, 'OK')],
      ];
      expectGolden(`ci/${name}`, forms.map(([form, text]) => `--- ${form}\n${text}`).join('\n'));
    },
  );

  it.each(['failed', 'broken', 'capacity', 'refused'])(
    'of a result that is %s as a page is golden',
    async (name) => {
      const { document } = (await SAMPLE_CRITERIA[name]?.()) ?? {};
      expectGolden(`ci/${name}-markdown`, document === undefined ? '' : renderMarkdown(document));
    },
  );
});

/** A report whose every text is the given one. */
function reportOf(text: string): CriteriaReport {
  const words = { kind: 'words', text } as const;
  return {
    name: text,
    verdict: text,
    startedEpochMs: 0,
    measuredNs: 1e9,
    host: text,
    facts: [['fact', text]],
    criteria: [
      {
        name: text,
        state: 'fail',
        message: text,
        details: [text],
        measured: { label: text, unit: 'ns', value: 5, limit: { operator: '<', value: 3 } },
        place: { file: text, line: 3, column: 1 },
      },
      { name: text, state: 'skipped', message: text },
    ],
    metrics: [{ name: 'callgauge_errors_ratio', labels: { step: text }, value: 0.5 }],
    document: {
      head: {
        name: text,
        verdict: words,
        facts: [words],
        notices: [{ claim: text, tone: 'bad', reasons: [text], remedy: text }],
      },
      sections: [
        {
          title: text,
          blocks: [
            {
              kind: 'table',
              columns: [{ head: text, align: 'left' }, { align: 'left' }],
              rows: [[words, words]],
              details: { columns: [{ align: 'left' }], rows: [[words]] },
            },
          ],
        },
      ],
      closing: { notices: [], entries: [{ key: text, value: words }] },
    },
  };
}

const MARKUP = [
  '::error::',
  '%0A',
  '#',
  "'",
  '"',
  '=',
  '|',
  ']]>',
  '<b>',
  '&lt;',
  '\\',
  '`',
  '$',
  ';',
];
const anyText = fc
  .array(fc.oneof(hostileText(), fc.constantFrom(...MARKUP), fc.string()))
  .map((parts) => `x${parts.join('')}x`);

/** What XML 1.0 allows. */
const XML_TEXT = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u;

describe('text from elsewhere', () => {
  it('is text in JUnit, and closes or opens no element', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const xml = renderJunit(reportOf(text));
        expect(xml).toMatch(XML_TEXT);
        const marks = [
          ...xml.replace(/<\?xml[^>]*>/u, '').matchAll(/<(\/?[a-z-]+)[^<>]*?(\/?)>/gu),
        ];
        expect(marks.map(([, name, end]) => `${name}${end}`)).toEqual(ELEMENTS);
        expect(xml.match(/[<>]/gu)?.length).toBe(2 * (ELEMENTS.length + 1));
        expect(xml.replaceAll(/&(?:amp|lt|gt|quot|apos);/gu, '')).not.toContain('&');
      }),
    );
  });

  it('is one workflow command with the same properties', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const commands = githubAnnotations(reportOf(text));
        expect(commands).toHaveLength(1);
        expect(commands[0]).toMatch(
          /^::error file=[^,:\r\n]+,line=3,col=1,title=[^,:\r\n]+::[^\r\n]+$/u,
        );
        // A percent sign begins nothing but an escape of ours.
        expect(commands[0]?.replaceAll(/%(?:25|0D|0A|3A|2C)/gu, '')).not.toContain('%');
      }),
    );
  });

  it('is one label value of OpenMetrics, without what GitLab cuts a line at', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const lines = renderOpenMetrics(reportOf(text)).trimEnd().split('\n');
        expect(lines).toHaveLength(4);
        expect(lines[2]).toMatch(
          /^callgauge_errors_ratio\{step="(?:[^"\\#\r\n]|\\[\\"])*"\} 0\.5$/u,
        );
      }),
    );
  });

  it('is text and one label of Nagios', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { state, data, more } = parseNagios(renderNagios(reportOf(text), 'CRITICAL'));
        expect({ state, lines: more.length }).toEqual({ state: 'CRITICAL', lines: 1 });
        expect(data.map(({ value, critical }) => [value, critical])).toEqual([
          [5e-9, '0.000000003'],
        ]);
      }),
    );
  });

  it('is text in a table of Markdown, of as many cells', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const markdown = renderMarkdown(reportOf(text).document);
        const rows = markdown.split('\n').filter((line) => line.startsWith('| '));
        expect(rows).toHaveLength(3);
        for (const row of rows) expect(row.replaceAll(/\\./gu, '').split('|')).toHaveLength(4);
        expect(markdown.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(2);
        expect(markdown.replaceAll(/\\./gu, '')).not.toMatch(/[<>`[\]~&$]/u);
      }),
    );
  });
});

const ELEMENTS = [
  ...['testsuites', 'testsuite', 'properties', 'property/', '/properties'],
  ...['testcase', 'failure', '/failure', '/testcase', 'testcase', 'skipped/', '/testcase'],
  ...['system-out', '/system-out', 'system-err', '/system-err', '/testsuite', '/testsuites'],
];

it('JUnit counts what it has', async () => {
  for (const criteria of Object.values(SAMPLE_CRITERIA)) {
    const xml = renderJunit(await criteria());
    for (const [attribute, element] of [
      ['tests', 'testcase'],
      ['failures', 'failure'],
      ['errors', 'error'],
      ['skipped', 'skipped'],
    ] as const) {
      const [, counted] =
        new RegExp(`<testsuite [^>]*\\b${attribute}="(\\d+)"`, 'u').exec(xml) ?? [];
      expect(Number(counted)).toBe(xml.match(new RegExp(`<${element}\\b`, 'gu'))?.length ?? 0);
    }
  }
});

describe('annotations', () => {
  it('are ten of a level at most, the last of which counts the others', async () => {
    const [criterion] = reportOf('x').criteria;
    if (criterion === undefined) throw new Error('a criterion');
    const many = Array.from({ length: 14 }, (_, i) => ({ ...criterion, name: `criterion ${i}` }));
    const doubtful = many.map((one) => ({ ...one, state: 'inconclusive' as const }));
    const lines = githubAnnotations({ ...reportOf('x'), criteria: [...many, ...doubtful] });
    expect(lines).toHaveLength(20);
    expect(lines[9]).toBe(
      '::error title=x::5 more: criterion 9, criterion 10, criterion 11, criterion 12, criterion 13',
    );
    expect(lines[19]).toContain('::warning title=x::5 more: criterion 9');
  });
});

describe('a Nagios line', () => {
  it('has a critical range that alerts exactly where the threshold fails', async () => {
    const operators = ['<', '<=', '>', '>=', '==', '!='] as const;
    const holds = {
      '<': (a: number, b: number) => a < b,
      '<=': (a: number, b: number) => a <= b,
      '>': (a: number, b: number) => a > b,
      '>=': (a: number, b: number) => a >= b,
      '==': (a: number, b: number) => a === b,
      '!=': (a: number, b: number) => a !== b,
    };
    const [criterion] = reportOf('x').criteria;
    if (criterion === undefined) throw new Error('a criterion');
    for (const operator of operators) {
      for (const value of [1, 2, 3]) {
        const measured = {
          label: 'n',
          unit: 'count',
          value,
          limit: { operator, value: 2 },
        } as const;
        const report = { ...reportOf('x'), criteria: [{ ...criterion, measured }] };
        const [item] = parseNagios(renderNagios(report, 'OK')).data;
        // A range has its ends: a value that is its own strict limit is none of its alerts.
        if (value === 2 && (operator === '<' || operator === '>')) continue;
        expect([operator, value, alerts(value, item?.critical ?? '')]).toEqual([
          operator,
          value,
          !holds[operator](value, 2),
        ]);
      }
    }
  });

  it('begins with what fails, not with what is open', () => {
    const [some] = reportOf('x').criteria;
    if (some === undefined) throw new Error('a criterion');
    const criteria = (['inconclusive', 'fail', 'pass'] as const).map((state) => ({
      ...some,
      state,
      name: `a row that is ${state}`,
    }));
    const text = renderNagios({ ...reportOf('x'), criteria }, 'CRITICAL');
    const { text: first, more } = parseNagios(text);
    expect(first).toContain('; a row that is fail: ');
    expect(more[0]).toMatch(/^fail: /u);
    expect(more[1]).toMatch(/^inconclusive: /u);
  });

  it('stays within what Nagios reads, and says what found no room', () => {
    const [criterion] = reportOf('x'.repeat(90)).criteria;
    if (criterion === undefined) throw new Error('a criterion');
    const many = Array.from({ length: 200 }, (_, i) => ({
      ...criterion,
      name: `${criterion.name}${i}`,
      measured: { label: `${criterion.name}${i}`, unit: 'ns', value: 5e6 } as const,
    }));
    const text = renderNagios({ ...reportOf('x'), criteria: many }, 'CRITICAL');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8_192);
    const { data, more } = parseNagios(text);
    const left = Number(
      /^(\d+) more values and lines found no room$/u.exec(more.at(-1) ?? '')?.[1],
    );
    expect(data.length + (more.length - 1) + left).toBe(200 + 200);
  });

  it.each(HOSTILE)('of %j is one that is read', (text) => {
    expect(() => parseNagios(renderNagios(reportOf(`${text}|`), 'UNKNOWN'))).not.toThrow();
  });
});
