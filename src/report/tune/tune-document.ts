import type { EdgeTuning, TunedSetting, Tuning } from '../../advise/index.ts';
import { counted, formatDuration, secFromNs } from '../../core/index.ts';
import { formatMoment } from '../number-format.ts';
import {
  count,
  duration,
  note,
  table,
  unknown,
  words,
  type Block,
  type Column,
  type Notice,
  type ReportDocument,
  type Row,
  type Section,
} from '../section.ts';

/** Recommendations and where they were read. */
export interface TuneReport {
  readonly tuning: Tuning;
  readonly storedAt: string;
  /** How to type a further command. */
  readonly commandLine: (command: string) => string;
}

/** Returns what callers should run with, as data: all edges in one table, then each with why. */
export function tuneDocument({ tuning, storedAt, commandLine }: TuneReport): ReportDocument {
  const { runs, traces, edges, deadlineNs } = tuning;
  const known = edges.filter(({ policy }) => policy !== undefined).length;
  const ids = runs.map(({ runId }) => runId).join(' ');
  return {
    head: {
      name: 'tune',
      verdict: words(
        `${known} of ${counted(edges.length, 'edge')}`,
        known === edges.length && known > 0 ? 'good' : 'doubt',
      ),
      facts: [
        ...runs.map(({ runId, scenario, startedEpochMs, healthyNs }) =>
          words(
            `run ${runId}  ${scenario}  ${formatMoment(startedEpochMs)}  ${secFromNs(healthyNs).toFixed(0)} s healthy`,
          ),
        ),
        ...(traces === undefined
          ? []
          : [
              words(
                `traces from ${formatMoment(traces.fromEpochMs)} to ${formatMoment(traces.toEpochMs)}  ${counted(traces.attempts, 'attempt')} in ${secFromNs(traces.seenNs).toFixed(0)} s`,
              ),
            ]),
        ...(deadlineNs === undefined
          ? []
          : [words(`deadline of a call ${formatDuration(deadlineNs)}`)]),
      ],
      notices: noticesOf(tuning),
    },
    sections: [
      { title: 'Recommended', blocks: summaryBlocks(edges) },
      ...edges.map(edgeSection),
    ].filter(({ blocks }) => blocks.length > 0),
    closing: {
      notices: [],
      entries: [
        { key: 'read at', value: words(storedAt) },
        ...(known === 0 || runs.length === 0
          ? []
          : [{ key: 'next', value: words(commandLine(`tune ${ids} --json`), 'mark') }]),
      ],
    },
  };
}

function noticesOf({ runs, traces, edges }: Tuning): readonly Notice[] {
  const doubts = runs.flatMap(({ runId, doubts: own }) => own.map((text) => `${runId}: ${text}`));
  const notices: Notice[] = [];
  if (doubts.length > 0) {
    notices.push({ claim: 'The runs are to be doubted.', tone: 'doubt', reasons: doubts });
  }
  if (traces !== undefined) {
    const { doubts: reasons } = traces;
    notices.push({ claim: 'What spans do not tell:', tone: 'doubt', reasons });
  }
  notices.push(...shortNotices(edges), ...passedNotices(edges));
  if (edges.length === 0) {
    notices.push({
      claim: `${traces ? 'No span of the time is of a call' : 'No call was made outside faults'}: there is nothing to recommend from.`,
      tone: 'bad',
      reasons: traces
        ? [
            'Calls are spans of the kinds CLIENT and SERVER; those that end before they start are left out.',
          ]
        : [],
      remedy: traces
        ? 'name another time (--since 6h, or --from and --to), or have spans say their kind.'
        : 'run it again with a measured phase that has time without faults.',
    });
  }
  return notices;
}

/** Calls that have less time than what is done for them may take. */
function shortNotices(edges: readonly EdgeTuning[]): readonly Notice[] {
  const short = edges.filter(({ deadlineBudget: budget }) => (budget?.passedByNs ?? 0) > 0);
  if (short.length === 0) return [];
  return [
    {
      claim: `${counted(short.length, 'edge')} ${short.length === 1 ? 'has' : 'have'} less time than what is done for them may take.`,
      tone: 'doubt',
      reasons: short.slice(0, PASSED_TOLD_MAX).map((edge) => {
        const { attemptTimeoutNs = 0, neededNs = 0, longest } = edge.deadlineBudget ?? {};
        const most = longest
          ? `, most of it for ${edge.callee} → ${longest.callee}  ${longest.operation}: ${formatDuration(longest.totalTimeoutNs)}`
          : '';
        return `${edgeName(edge)}: ${formatDuration(attemptTimeoutNs)} are waited, ${formatDuration(neededNs)} needed${most}`;
      }),
      remedy: 'hand deadlines on, give the calls below less time, or this one more.',
    },
  ];
}

/** Where no trace tells how the callee works, the call below alone is held to the one above. */
function passedNotices(edges: readonly EdgeTuning[]): readonly Notice[] {
  const told = new Set(
    edges.flatMap(({ callee, deadlineBudget: budget }) => (budget === undefined ? [] : [callee])),
  );
  const passed = edges.filter(
    ({ caller, deadlineAbove: above }) => (above?.passedByNs ?? 0) > 0 && !told.has(caller),
  );
  if (passed.length === 0) return [];
  return [
    {
      claim: `${counted(passed.length, 'edge')} may take longer than the caller above waits.`,
      tone: 'doubt',
      reasons: passed.slice(0, PASSED_TOLD_MAX).map((edge) => {
        const { policy, deadlineAbove: above } = edge;
        const own = formatDuration(policy?.totalTimeoutNs ?? 0);
        const longest = formatDuration(above?.attemptTimeoutNs ?? 0);
        return `${edgeName(edge)}: ${own} in all, ${above?.caller} waits ${longest} for ${above?.callee}`;
      }),
      remedy: 'hand deadlines on, or give these calls less time: --deadline.',
    },
  ];
}

const PASSED_TOLD_MAX = 5;

const SUMMARY_COLUMNS: readonly Column[] = [
  { head: 'edge', align: 'left', name: true },
  { head: 'connect', align: 'right', dropOrder: 2 },
  { head: 'attempt', align: 'right' },
  { head: 'of', align: 'left' },
  { head: 'attempts', align: 'right' },
  { head: 'total', align: 'right' },
  { head: 'budget', align: 'right', dropOrder: 1 },
];

const SHORT = { nothing: '', connect: ' (connect)', transient: '' } as const;

function summaryBlocks(edges: readonly EdgeTuning[]): readonly Block[] {
  if (edges.length === 0) return [];
  const onConnect = edges.some(({ policy }) => policy?.retryOn === 'connect');
  const isBest = edges.some(({ bestBound }) => bestBound !== undefined);
  return [
    table(SUMMARY_COLUMNS, edges.map(summaryRow)),
    ...[
      ...(onConnect ? ['(connect): another only where no connection came about'] : []),
      ...(isBest
        ? ['below 99.9%: the best bound of a small sample; less than 99% is in no policy']
        : []),
    ].map((text) => note([words(text, 'faint')])),
  ];
}

function summaryRow(edge: EdgeTuning): Row {
  const { policy, bestBound } = edge;
  const name = words(edgeName(edge));
  const percent = words(`${bestBound?.successPercent ?? 99.9}%`, 'faint');
  if (policy === undefined) {
    const bound = bestBound
      ? [duration(bestBound.timeoutNs, { tone: 'doubt' }), percent]
      : [unknown(), words('')];
    return [name, unknown(), ...bound, unknown(), unknown(), unknown()];
  }
  const { attempts, retryOn, budget } = policy;
  return [
    name,
    duration(policy.connectTimeoutNs),
    duration(policy.attemptTimeoutNs, { tone: bestBound ? 'doubt' : 'mark' }),
    percent,
    retryOn === 'connect' ? words(`${attempts}${SHORT.connect}`) : count(attempts),
    duration(policy.totalTimeoutNs),
    retryOn === 'transient' ? words(`${Math.round(budget.ratio * 100)}%`) : words('-', 'faint'),
  ];
}

const SETTING_COLUMNS: readonly Column[] = [{ align: 'left' }, { align: 'left', message: true }];

function edgeSection(edge: EdgeTuning): Section {
  return { title: edgeName(edge), blocks: [table(SETTING_COLUMNS, edge.settings.flatMap(rowsOf))] };
}

function rowsOf({ name, value, restsOn, costs, changedBy }: TunedSetting): readonly Row[] {
  const said = [
    ['rests on', restsOn],
    ['costs', costs],
    ['changed by', changedBy],
  ] as const;
  return [
    [words(name, 'faint'), words(value, 'strong')],
    ...said.flatMap(([what, text]) =>
      text === '' ? [] : [[words(''), words(`${what}: ${text}`, 'faint')]],
    ),
  ];
}

function edgeName({ caller, callee, operation }: EdgeTuning): string {
  return `${caller} → ${callee}  ${operation}`;
}
