import { formatMoment } from '../number-format.ts';
import { counted, formatRatio, secFromNs } from '../../core/index.ts';
import type {
  Hits,
  PartVerdict,
  StepVerification,
  Verdict,
  Verification,
} from '../../verify/index.ts';
import { limitsText, shareTable, timeTable } from '../comparison/comparison-document.ts';
import {
  count,
  factor,
  note,
  rate,
  ratio,
  table,
  words,
  type Cell,
  type Column,
  type Notice,
  type ReportDocument,
  type Row,
  type Section,
  type Tone,
} from '../section.ts';

/** What became of recommendations, and how to go on. */
export interface VerificationReport {
  readonly verification: Verification;
  readonly startedEpochMs: number;
  readonly storedAt: string;
  readonly commandLine: (command: string) => string;
}

/** How a verdict is written. */
const VERDICT_WORDS: Readonly<Record<Verdict | PartVerdict, string>> = {
  held: 'held',
  'not-held': 'not held',
  'cannot-tell': 'cannot tell',
  untested: 'not tested',
  invalid: 'invalid',
};

const TONES: Readonly<Record<Verdict | PartVerdict, Tone>> = {
  held: 'good',
  'not-held': 'bad',
  'cannot-tell': 'doubt',
  untested: 'faint',
  invalid: 'bad',
};

/** Returns a verification as data: each promise with its verdict, then both runs side by side. */
export function verificationDocument(report: VerificationReport): ReportDocument {
  const { verification, startedEpochMs, storedAt, commandLine } = report;
  const { scenario, verdict, before, after, recommendedBy } = verification;
  return {
    head: {
      name: `verification of ${scenario}`,
      verdict: words(VERDICT_WORDS[verdict], TONES[verdict]),
      facts: [
        words(`recommended by run ${recommendedBy.join(' ')}`),
        words(`before ${before.runId}, after ${after.runId}`),
        words(`${formatMoment(startedEpochMs)}  ${secFromNs(after.measuredNs).toFixed(0)} s each`),
      ],
      notices: noticesOf(verification),
    },
    sections: [
      ...verification.steps.map((step) => stepSection(step, verdict)),
      ...comparedSections(verification),
      ...unverifiedSections(verification),
    ],
    closing: {
      notices: [],
      entries: [
        { key: 'read at', value: words(storedAt) },
        {
          key: 'next',
          value: words(commandLine(`report ${after.runId}`), 'mark'),
        },
        ...(verdict === 'held'
          ? [
              {
                key: '',
                value: words(
                  commandLine(`tune ${recommendedBy.join(' ')} --export callgauge`),
                  'mark',
                ),
              },
            ]
          : []),
      ],
    },
  };
}

function noticesOf({ invalid, differences, verdict, steps }: Verification): readonly Notice[] {
  const notices: Notice[] = [];
  if (invalid.length > 0) {
    notices.push({
      claim: 'The verification is invalid: one of the two runs must not be believed.',
      tone: 'bad',
      reasons: invalid,
      remedy: 'make it again; what a run lacks its report says.',
    });
  }
  if (differences.length > 0) {
    notices.push({
      claim: 'The two were not made alike: what differs below may come from it.',
      tone: 'doubt',
      reasons: differences,
    });
  }
  const told = { 'not-held': 'bad', 'cannot-tell': 'doubt' } as const;
  if (verdict === 'not-held' || verdict === 'cannot-tell') {
    const reasons = steps.flatMap(({ step, parts }) =>
      parts
        .filter((one) => one.verdict === verdict)
        .map(({ part, seen, decidedBy }) =>
          [`${step}, ${part}: ${seen}`, decidedBy].filter((text) => text !== '').join('; wants '),
        ),
    );
    const claim =
      verdict === 'not-held'
        ? 'What was recommended does not do what it promises.'
        : 'The two runs do not decide it.';
    notices.push({ claim, tone: told[verdict], reasons });
  }
  return notices;
}

const PART_COLUMNS: readonly Column[] = [
  { align: 'left' },
  { align: 'left' },
  { align: 'left', message: true },
];

const NUMBER_COLUMNS: readonly Column[] = [
  { align: 'left', name: true },
  { head: 'before', align: 'right' },
  { head: 'after', align: 'right' },
];

/** Of an invalid verification a step has no verdict: its parts are there to be looked at. */
function stepSection(step: StepVerification, ofAll: Verdict): Section {
  const verdict = ofAll === 'invalid' ? '' : `: ${VERDICT_WORDS[step.verdict]}`;
  return {
    title: `${step.step}${verdict}`,
    blocks: [
      note([words('tried', 'faint'), words(step.policy)]),
      table(PART_COLUMNS, step.parts.flatMap(partRows), { apart: true }),
      table(NUMBER_COLUMNS, numberRows(step), { apart: true }),
    ],
  };
}

function partRows({ part, verdict, promise, seen, decidedBy }: StepVerification['parts'][number]) {
  const rows: Row[] = [
    [words(part, 'strong'), words(VERDICT_WORDS[verdict], TONES[verdict]), words(promise)],
    [words(''), words(''), words(`seen: ${seen}`, 'faint')],
  ];
  if (decidedBy !== '') rows.push([words(''), words(''), words(`wants: ${decidedBy}`, 'faint')]);
  return rows;
}

function numberRows({ before, after, falseTimeouts }: StepVerification): readonly Row[] {
  const both = (name: string, of: (side: typeof before) => Cell): Row => [
    words(name),
    of(before),
    of(after),
  ];
  const lateText = ({ hits, n }: Hits): string =>
    n === 0 ? '-' : `${formatRatio(hits / n)} of ${counted(n, 'attempt')}`;
  const perCall = ({ attempts, calls }: typeof before): number =>
    calls === 0 ? 0 : attempts / calls;
  return [
    both('calls', ({ calls }) => count(calls)),
    both('succeed', ({ errorRatio }) => ratio(1 - errorRatio, 'strong')),
    both('attempts a call', (side) => factor(perCall(side))),
    both('attempts on the target', ({ attemptsPerSec }) => rate(attemptsPerSec)),
    both('retries', ({ retries }) => count(retries)),
    ...(before.hedges + after.hedges > 0 ? [both('hedges', ({ hedges }) => count(hedges))] : []),
    both('refused by the policy', ({ rejected }) => count(rejected)),
    [
      words('given up although they would succeed'),
      words('-', 'faint'),
      words(lateText(falseTimeouts.all)),
    ],
  ];
}

function comparedSections({ shares, percentiles, limits }: Verification): readonly Section[] {
  const names = ['before', 'after'] as const;
  if (shares.length + percentiles.length === 0) return [];
  return [
    {
      title: 'Before and after',
      blocks: [
        shareTable(shares, names),
        { ...timeTable(percentiles, names), apart: true },
        note([words(limitsText(limits), 'faint')], { apart: true }),
        note([
          words(
            'response times of whole calls; intervals are of these two runs, one after the other',
            'faint',
          ),
        ]),
      ],
    },
  ];
}

function unverifiedSections({ unverified }: Verification): readonly Section[] {
  if (unverified.length === 0) return [];
  const columns: readonly Column[] = [
    { align: 'left', name: true },
    { align: 'left', message: true },
  ];
  const rows = unverified.map(({ edge, reason }) => [words(edge), words(reason, 'faint')]);
  return [{ title: 'Not verified', blocks: [table(columns, rows)] }];
}
