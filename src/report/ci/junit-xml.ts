import { printable, printableLine } from '../../core/index.ts';
import type { Criterion, CriteriaReport, CriterionState } from '../criteria/criteria-report.ts';
import { renderDocument } from '../terminal/terminal-report.ts';

/** Of the report in `system-out`; viewers of JUnit show it in a fixed font. */
const PLAIN = { color: false, width: 100 };

/** A suite that a public schema of JUnit takes must name a host. */
const UNKNOWN_HOST = 'localhost';

/**
 * Returns the criteria as JUnit XML, one suite with a test case for each and the whole report in
 * `system-out`. A criterion that does not hold is a failure, one that could not be judged an error,
 * whose type says why; one that decides nothing is skipped. Elements and attributes are those that
 * both the schema of Ant's JUnit task and the one of Jenkins allow.
 *
 * @see https://github.com/windyroad/JUnit-Schema and
 *   https://github.com/jenkinsci/xunit-plugin (junit-10.xsd)
 */
export function renderJunit(report: CriteriaReport): string {
  const { name, criteria, facts, startedEpochMs, measuredNs, host, document } = report;
  const countOf = (...elements: readonly (string | undefined)[]): number =>
    criteria.filter(({ state }) => elements.includes(ELEMENTS[state])).length;
  const suite = {
    name,
    package: 'callgauge',
    id: '0',
    hostname: host === '' ? UNKNOWN_HOST : host,
    timestamp: new Date(startedEpochMs).toISOString().slice(0, 19),
    tests: criteria.length,
    failures: countOf('failure'),
    errors: countOf('error'),
    skipped: countOf('skipped'),
    time: (measuredNs / 1e9).toFixed(3),
  };
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite${attributes(suite)}>`,
    '    <properties>',
    ...facts.map((fact) => `      <property${attributes({ name: fact[0], value: fact[1] })}/>`),
    '    </properties>',
    ...criteria.flatMap((criterion) => testCase(criterion, name)),
    `    <system-out>${xmlText(renderDocument(document, PLAIN))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

const ELEMENTS: Readonly<Record<CriterionState, 'failure' | 'error' | 'skipped' | undefined>> = {
  pass: undefined,
  fail: 'failure',
  inconclusive: 'error',
  invalid: 'error',
  error: 'error',
  skipped: 'skipped',
};

function testCase(criterion: Criterion, classname: string): readonly string[] {
  const { name, state, message, details = [], place } = criterion;
  const begin = `    <testcase${attributes({ name, classname, time: '0' })}`;
  const element = ELEMENTS[state];
  if (element === undefined) return [`${begin}/>`];
  if (element === 'skipped') {
    return [`${begin}>`, `      <skipped${attributes({ message })}/>`, '    </testcase>'];
  }
  const at = place === undefined ? [] : [`${place.file}:${place.line}:${place.column}`];
  const text = [...at, `${name}: ${message}`, ...details].join('\n');
  return [
    `${begin}>`,
    `      <${element}${attributes({ message, type: state })}>${xmlText(text)}</${element}>`,
    '    </testcase>',
  ];
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(printableLine(String(value)).trim())}"`)
    .join('');
}

/** Ends of lines stay; what XML does not allow at all is no printable character. */
function xmlText(text: string): string {
  return escaped(text.split('\n').map(printable).join('\n'));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => ENTITIES[character] ?? '');
}
