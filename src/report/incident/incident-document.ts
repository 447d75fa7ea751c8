import {
  counted,
  epochMsFromNs,
  formatCount,
  formatDuration,
  formatRatio,
} from '../../core/index.ts';
import type {
  Cause,
  Completeness,
  Incident,
  RootChange,
  RootNumbers,
  Share,
} from '../../incident/index.ts';
import { formatMoment } from '../number-format.ts';
import {
  count,
  duration,
  keyValues,
  note,
  table,
  unknown,
  words,
  type Block,
  type Cell,
  type Column,
  type KeyValue,
  type Notice,
  type ReportDocument,
  type Section,
} from '../section.ts';
import { attributeCells, evidenceText, KIND_WORDS, meanCell, qText } from './incident-words.ts';

/** The traces of one side of a comparison. */
export interface ComparedTraces {
  /** A run, where one is compared as a whole. */
  readonly runId?: string;
  readonly fromEpochNs: bigint;
  readonly toEpochNs: bigint;
}

/** An incident and where it was read. */
export interface IncidentReport {
  readonly incident: Incident;
  readonly baseline: ComparedTraces;
  readonly window: ComparedTraces;
  /** Only traces that pass through it were compared. */
  readonly serviceName?: string;
  readonly storedAt: string;
  /** How to type a further command. */
  readonly command: (text: string) => string;
}

/** Causes that are told whole, weaker ones that are named, and root operations that are listed. */
const CAUSES_TOLD_MAX = 3;
const NAMED_MAX = 3;
/** A cause with less than this of the harm of the first is only named. */
const HARM_TOLD_MIN = 0.05;
const ROOTS_MAX = 8;
/** Fewer traces than this on a side are few. */
const TRACES_FEW = 30;
/** More broken traces than this are many. */
const BROKEN_MANY = 0.05;

/** Returns what an incident says, as data: what changed, the causes, the traces it rests on. */
export function incidentDocument(report: IncidentReport): ReportDocument {
  const { incident } = report;
  const proven = incident.causes.filter(({ isProven }) => isProven);
  const [first] = proven;
  const told = proven
    .filter(({ harm }) => harm >= HARM_TOLD_MIN * (first?.harm ?? 0))
    .slice(0, CAUSES_TOLD_MAX);
  return {
    head: {
      name: 'incident',
      verdict:
        first === undefined
          ? words('nothing explains a change', 'good')
          : words(`${first.service}: ${KIND_WORDS[first.kind]}`, 'bad'),
      facts: [
        words(`${counted(incident.window.traces, 'trace')} against ${incident.baseline.traces}`),
        ...(report.serviceName === undefined ? [] : [words(`all through ${report.serviceName}`)]),
        words(`seed ${incident.seed}`, 'faint'),
      ],
      notices: noticesOf(report),
    },
    sections: [
      { title: 'Compared', blocks: [comparedBlock(report)] },
      { title: 'What changed', blocks: [rootTable(incident.roots)] },
      ...told.map((cause, i) => causeSection(cause, i + 1)),
      ...otherSections(incident.causes, told),
    ].filter(({ blocks }) => blocks.length > 0),
    closing: { notices: [], entries: closingEntries(report, told) },
  };
}

function noticesOf(report: IncidentReport): readonly Notice[] {
  const { baseline, window, isExplained } = report.incident;
  const notices: Notice[] = [];
  if (!isExplained) {
    notices.push({
      claim: 'Nothing explains a change between the two windows.',
      tone: 'good',
      reasons: [
        'No service got slower, failed or stopped more than chance explains (false discoveries 5%), by at least 0.5% of the time or of the requests.',
      ],
    });
  }
  const sides = [
    ['baseline', baseline],
    ['window', window],
  ] as const;
  const doubts = [...sharedTime(report), ...sides.flatMap(([name, side]) => doubtsOf(name, side))];
  if (doubts.length > 0) {
    notices.push({ claim: 'The traces say less than they could.', tone: 'doubt', reasons: doubts });
  }
  return notices;
}

/** What lies in both hides what changed between them: a trace is compared with itself. */
function sharedTime({ baseline, window }: IncidentReport): readonly string[] {
  if (baseline.runId !== window.runId) return [];
  const from = [baseline.fromEpochNs, window.fromEpochNs].reduce((a, b) => (a > b ? a : b));
  const to = [baseline.toEpochNs, window.toEpochNs].reduce((a, b) => (a < b ? a : b));
  if (to <= from) return [];
  const shared = formatDuration(Number(to - from));
  return [`Baseline and window share ${shared}: what began in it counts on both sides.`];
}

function doubtsOf(name: string, side: Completeness): readonly string[] {
  const doubts: string[] = [];
  const { traces, weightedTraces, brokenTraces, invalidSpans, tracesInAll, orphans } = side;
  if (traces < TRACES_FEW) doubts.push(`The ${name} has ${counted(traces, 'trace')}.`);
  if (tracesInAll > traces) {
    doubts.push(`Of ${counted(tracesInAll, 'trace')} of the ${name}, ${traces} were read.`);
  }
  if (weightedTraces !== traces) {
    doubts.push(`Those of the ${name} are a sample, and stand for ${formatCount(weightedTraces)}.`);
  }
  if (brokenTraces > BROKEN_MANY * traces) {
    doubts.push(
      `Of the ${name}, ${formatRatio(brokenTraces / traces)} of the traces lack spans: ${counted(orphans, 'span')} without the parent that they name.`,
    );
  }
  if (invalidSpans > 0) {
    doubts.push(
      `${counted(invalidSpans, 'span')} of the ${name} without valid times took no part.`,
    );
  }
  return doubts;
}

const COMPARED_COLUMNS: readonly Column[] = [
  { head: 'from', align: 'left' },
  { head: 'to', align: 'left' },
  { head: 'traces', align: 'right' },
  { head: 'spans', align: 'right', dropOrder: 1 },
  { head: 'whole', align: 'right' },
];

function comparedBlock({ incident, ...report }: IncidentReport): Block {
  const rows = (['baseline', 'window'] as const).map((side) => {
    const { runId, fromEpochNs, toEpochNs } = report[side];
    const { traces, spans, brokenTraces } = incident[side];
    return [
      words(runId === undefined ? side : `${side}, run ${runId}`, 'faint'),
      words(formatMoment(epochMsFromNs(fromEpochNs))),
      words(formatMoment(epochMsFromNs(toEpochNs))),
      count(traces),
      count(spans),
      traces === 0 ? unknown() : words(formatRatio(1 - brokenTraces / traces)),
    ];
  });
  // Names of runs are long, and stand above their rows in a narrow terminal.
  const name = report.baseline.runId !== undefined || report.window.runId !== undefined;
  return table([{ align: 'left', name }, ...COMPARED_COLUMNS], rows);
}

const ROOT_COLUMNS: readonly Column[] = [
  { head: 'root operation', align: 'left', cut: true },
  { align: 'left' },
  { head: 'traces', align: 'right' },
  { head: 'median', align: 'right' },
  { head: 'p95', align: 'right' },
  { head: 'errors', align: 'right' },
];

function rootTable(roots: readonly RootChange[]): Block {
  const rows = roots.slice(0, ROOTS_MAX).flatMap(({ service, operation, ...sides }) => [
    [words(`${service} ${operation}`), words('before', 'faint'), ...rootCells(sides.baseline)],
    [words(''), words('now', 'faint'), ...rootCells(sides.window)],
  ]);
  return table(ROOT_COLUMNS, rows);
}

function rootCells(numbers: RootNumbers): readonly Cell[] {
  const time = (ns: number | undefined): Cell => (ns === undefined ? unknown() : duration(ns));
  return [
    count(numbers.count),
    time(numbers.medianNs),
    time(numbers.p95Ns),
    count(numbers.errorCount, numbers.errorCount > 0 ? 'bad' : 'faint'),
  ];
}

const EVIDENCE_COLUMNS: readonly Column[] = [
  { head: 'evidence', align: 'left', cut: true },
  { head: 'before', align: 'right' },
  { head: 'now', align: 'right' },
  { head: 'of', align: 'right' },
  { head: 'share', align: 'right', dropOrder: 1 },
  { head: 'q', align: 'right', dropOrder: 2 },
];

const ATTRIBUTE_COLUMNS: readonly Column[] = [
  { head: 'attribute', align: 'left', cut: true },
  { head: 'P(bad|v)', align: 'right' },
  { head: 'P(v|bad)', align: 'right' },
  { head: 'P(v|good)', align: 'right' },
  { head: 'calls', align: 'right', dropOrder: 1 },
  { head: 'q', align: 'right', dropOrder: 2 },
];

function causeSection(cause: Cause, rank: number): Section {
  const evidence = cause.evidence.map((one) => [
    words(evidenceText(one)),
    meanCell(one, one.baselineMean),
    meanCell(one, one.windowMean),
    count(one.windowCount),
    words(formatRatio(one.share)),
    words(qText(one.q), 'faint'),
  ]);
  return {
    title: `${rank}. ${cause.service}: ${KIND_WORDS[cause.kind]}`,
    blocks: [
      keyValues(shareEntries(cause)),
      table(EVIDENCE_COLUMNS, evidence, { apart: true }),
      table(ATTRIBUTE_COLUMNS, cause.attributes.map(attributeCells), { apart: true }),
      ...exampleBlocks(cause),
    ].filter((block) => block.kind !== 'table' || block.rows.length > 0),
  };
}

function shareEntries({ addedTime, addedErrors, stopped }: Cause): readonly KeyValue[] {
  const entries: KeyValue[] = [];
  const add = (
    key: string,
    share: Share | undefined,
    amount: (perTrace: number) => string,
  ): void => {
    if (share === undefined || share.share === 0) return;
    const { share: part, low, high, perTrace } = share;
    const interval = `${formatRatio(part)} (95%: ${formatRatio(low)} to ${formatRatio(high)})`;
    entries.push({ key, value: words(`${interval}, ${amount(perTrace)} a trace`) });
  };
  add('of the added time', addedTime, (ns) => formatDuration(Math.round(ns)));
  add('of the added errors', addedErrors, (n) => n.toFixed(3));
  add('of the stopped requests', stopped, (n) => n.toFixed(3));
  return entries;
}

function exampleBlocks({ examples }: Cause): readonly Block[] {
  if (examples.length === 0) return [];
  const rows = examples.map(({ traceId, durationNs, startEpochNs }) => [
    words(traceId),
    duration(durationNs),
    words(formatMoment(epochMsFromNs(startEpochNs)), 'faint'),
  ]);
  const columns: readonly Column[] = [
    { head: 'trace', align: 'left' },
    { head: 'took', align: 'right' },
    { head: 'began', align: 'left' },
  ];
  return [table(columns, rows, { apart: true })];
}

/** Names those that come before a proven cause without proof, and, where nothing is, the first. */
function otherSections(causes: readonly Cause[], told: readonly Cause[]): readonly Section[] {
  const others = causes.filter((cause) => !told.includes(cause)).slice(0, NAMED_MAX);
  if (others.length === 0) return [];
  const facts = others.map(({ service, kind, isProven }) => [
    words(`${service}: ${KIND_WORDS[kind]}${isProven ? '' : ' (chance may explain it)'}`, 'faint'),
  ]);
  return [{ title: 'Weaker signs', blocks: facts.map((fact) => note([fact])) }];
}

function closingEntries(
  { storedAt, command }: IncidentReport,
  told: readonly Cause[],
): readonly KeyValue[] {
  const traceId = told[0]?.examples[0]?.traceId;
  return [
    { key: 'read at', value: words(storedAt) },
    ...(traceId === undefined ? [] : [{ key: 'next', value: words(command(`trace ${traceId}`)) }]),
  ];
}
