import { formatRatio } from '../../core/index.ts';
import type { AgainstBaseline, Why, WhyEntry, WhyOfRun } from '../../why/index.ts';
import { formatCell } from '../number-format.ts';
import { qText } from '../incident/incident-words.ts';
import {
  count,
  duration,
  note,
  ratio,
  table,
  words,
  type Block,
  type Cell,
  type Column,
  type KeyValue,
  type Notice,
  type ReportDocument,
  type Section,
} from '../section.ts';
import {
  baselineName,
  causeText,
  doubts,
  findings,
  headline,
  originText,
  pathText,
  placeText,
  signed,
} from './why-words.ts';

/** Why a gate failed, and how to go on. */
export interface WhyReport {
  readonly why: WhyOfRun;
  readonly scenario: string;
  readonly storedAt: string;
  /** How to type a further command. */
  readonly command: (text: string) => string;
}

/** Returns why the thresholds of a run failed, as data. */
export function whyDocument({ why, scenario, storedAt, command }: WhyReport): ReportDocument {
  const told = why.entries.flatMap((entry) => (entry.why ? [entry.why] : []));
  const example = told.flatMap(({ examples }) => examples)[0]?.traceId;
  return {
    head: {
      name: why.entries.length === 0 && why.invalid === '' ? scenario : `why ${scenario} failed`,
      verdict: verdictOf(why, told),
      facts: [words(`run ${why.runId}`)],
      notices: noticesOf(why),
    },
    sections: why.entries.flatMap((entry) => entrySections(entry)),
    closing: { notices: [], entries: closingEntries({ storedAt, example, command }) },
  };
}

function verdictOf({ invalid, entries }: WhyOfRun, told: readonly Why[]): Cell {
  if (invalid !== '') return words('invalid', 'bad');
  if (entries.length === 0) return words('no threshold failed', 'good');
  const isTold = told.some(({ state }) => state === 'explained');
  return isTold ? words('explained', 'bad') : words('nothing explains it', 'doubt');
}

function noticesOf({ invalid, baselineNote, left }: WhyOfRun): readonly Notice[] {
  const notices: Notice[] = [];
  if (invalid !== '') {
    notices.push({
      claim: 'The generator was the cause of what was measured: no trace of a service explains it.',
      tone: 'bad',
      reasons: [invalid],
      remedy: 'make the run again, at a lower rate or on a quieter machine.',
    });
  }
  if (baselineNote !== '') notices.push({ claim: baselineNote, tone: 'doubt', reasons: [] });
  if (left > 0) {
    notices.push({
      claim: `${left} more failed: name one with --threshold.`,
      tone: 'doubt',
      reasons: [],
    });
  }
  return notices;
}

function entrySections({ text, why, silence }: WhyEntry): readonly Section[] {
  if (why === undefined) return [{ title: text, blocks: [note([words(silence, 'doubt')])] }];
  const told = findings(why);
  const main: Section = {
    title: text,
    blocks: [
      note([words(headline(why))]),
      ...told.map((sentence) => note([words(sentence.text, sentence.tone)])),
      ...doubts(why).map((doubt) => note([words(doubt, 'doubt')])),
    ],
  };
  const { places, against } = why;
  const isSlow = why.target.bad.kind === 'slow';
  // How long failing took is another question, but where most of them were waited for.
  const shown = isSlow ? places : places.filter(({ standsOut }) => standsOut);
  const tables: readonly Section[] = [
    {
      title: 'Where they take longer than the others',
      blocks: [table(placeColumns('others', 'they'), shown.map(placeCells))],
    },
    ...(against === undefined ? [] : againstSections(against)),
    { title: 'Where they failed', blocks: [originTable(why)] },
    { title: 'What they have more than the others', blocks: [shareTable(why)] },
    { title: isSlow ? 'The slowest of them' : 'The last of them', blocks: [exampleTable(why)] },
  ];
  return [
    main,
    ...tables.filter(({ blocks }) => blocks.some((b) => b.kind !== 'table' || b.rows.length > 0)),
  ];
}

function placeColumns(before: string, after: string): readonly Column[] {
  return [
    { head: 'place', align: 'left', cut: true },
    { head: before, align: 'right' },
    { head: after, align: 'right' },
    { head: 'more', align: 'right' },
    { head: '95% interval', align: 'left', dropOrder: 2 },
    { head: 'share', align: 'right' },
    { head: 'far', align: 'right', dropOrder: 1 },
  ];
}

function placeCells(one: Why['places'][number]): readonly Cell[] {
  const { place, beforeNs, afterNs, lowNs, highNs, share, farAfter, standsOut } = one;
  return [
    words(placeText(place), standsOut ? 'strong' : 'plain'),
    duration(Math.round(beforeNs)),
    duration(Math.round(afterNs)),
    words(signed(afterNs - beforeNs), standsOut ? 'bad' : 'plain'),
    words(`${signed(lowNs)} to ${signed(highNs)}`, 'faint'),
    words(formatRatio(share)),
    words(formatRatio(farAfter), 'faint'),
  ];
}

function againstSections(against: AgainstBaseline): readonly Section[] {
  const { places, causes } = against;
  const told = causes.map((cause) => note([words(causeText(cause))]));
  return [
    {
      title: `All calls, against those of ${baselineName(against)}`,
      blocks: [table(placeColumns('there', 'here'), places.map(placeCells))],
    },
    { title: 'What explains the change', blocks: told },
  ].filter(({ blocks }) => blocks.length > 0);
}

function originTable({ origins }: Why): Block {
  const columns: readonly Column[] = [
    { head: 'they failed', align: 'left', cut: true },
    { head: 'share', align: 'right' },
    { head: 'read', align: 'right' },
  ];
  return table(
    columns,
    origins.map((origin) => [
      words(originText(origin)),
      ratio(origin.share),
      count(origin.calls, 'faint'),
    ]),
  );
}

function shareTable({ faults, values }: Why): Block {
  const columns: readonly Column[] = [
    { head: 'v', align: 'left', cut: true },
    { head: 'P(bad|v)', align: 'right' },
    { head: 'P(v|bad)', align: 'right' },
    { head: 'P(v|good)', align: 'right' },
    { head: 'q', align: 'right', dropOrder: 1 },
  ];
  const rows = [
    ...faults.map((one) => ({ ...one, name: `fault ${one.fault}`, q: '' })),
    ...values.map((one) => ({
      ...one,
      name: `${one.service} ${one.key} = ${one.value}`,
      q: qText(one.q),
    })),
  ];
  return table(
    columns,
    rows.map(({ name, badGivenValue, valueGivenBad, valueGivenGood, q }) => [
      words(name),
      ratio(badGivenValue),
      ratio(valueGivenBad),
      ratio(valueGivenGood, 'faint'),
      words(q, 'faint'),
    ]),
  );
}

function exampleTable({ examples }: Why): Block {
  const columns: readonly Column[] = [
    { head: 'trace', align: 'left', name: true },
    { head: 'took', align: 'right' },
    { head: 'outcome', align: 'left' },
  ];
  const rows = examples.map(({ traceId, tookNs, outcome }) => [
    words(traceId),
    duration(Math.round(tookNs)),
    words(outcome, outcome === 'ok' ? 'plain' : 'bad'),
  ]);
  const paths = examples.map(({ path }) => [words(pathText(path), 'faint')]);
  return table(columns, rows, {
    details: { columns: [{ align: 'left', cut: true }], rows: paths },
  });
}

function closingEntries({
  storedAt,
  example,
  command,
}: Pick<WhyReport, 'storedAt' | 'command'> & {
  readonly example: string | undefined;
}): readonly KeyValue[] {
  return [
    { key: 'read at', value: words(storedAt) },
    ...(example === undefined ? [] : [{ key: 'next', value: words(command(`trace ${example}`)) }]),
  ];
}

/** Of one threshold so many findings are in a report; of several, so many of each. */
const FINDINGS_OF_ONE = 4;
const FINDINGS_OF_EACH = 2;
/** And so many traces. */
const EXAMPLES_TOLD = 2;

/** Returns the section of a report: the first findings of each threshold, and what has more. */
export function whySection(
  why: WhyOfRun | undefined,
  commandOf: (why: WhyOfRun) => string,
): Section {
  if (why === undefined) return { title: 'Why', blocks: [] };
  const most = why.entries.length === 1 ? FINDINGS_OF_ONE : FINDINGS_OF_EACH;
  const blocks = why.entries.flatMap((entry): readonly Block[] => [
    note([words(entry.text, 'strong')]),
    ...sentencesOf(entry)
      .slice(0, most)
      .map((sentence) => note([words(sentence.text, sentence.tone)], { nested: true })),
    ...exampleNotes(entry),
  ]);
  const left = why.left === 0 ? 'more' : `more, and ${why.left} others`;
  const more = `${left}: ${commandOf(why)}`;
  return { title: 'Why', blocks: [...blocks, note([words(more, 'faint')])] };
}

/** Traces to open: of all the slowest of a step they are those that the gate failed for. */
function exampleNotes({ why }: WhyEntry): readonly Block[] {
  const told = (why?.examples ?? []).slice(0, EXAMPLES_TOLD);
  if (why === undefined || told.length === 0) return [];
  const head = why.target.bad.kind === 'slow' ? 'The slowest' : 'The last';
  const named = told.map(
    ({ traceId, tookNs }) => `${traceId} ${formatCell(duration(Math.round(tookNs)))}`,
  );
  return [note([words(`${head}: ${named.join(', ')}`, 'faint')], { nested: true })];
}

function sentencesOf({ why, silence }: WhyEntry): ReturnType<typeof findings> {
  if (why === undefined) return [{ text: silence, tone: 'doubt' }];
  const [doubt] = doubts(why);
  const [first, second, ...others] = [
    { text: headline(why), tone: 'plain' } as const,
    ...findings(why),
  ];
  const told = [
    first,
    second,
    ...(doubt === undefined ? [] : [{ text: doubt, tone: 'doubt' } as const]),
    ...others,
  ];
  return told.filter((one) => one !== undefined);
}
