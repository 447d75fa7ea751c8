import { counted, formatCount, formatDuration, formatRate, formatRatio } from '../../core/index.ts';
import { formatMoment } from '../number-format.ts';
import type { RunReport } from '../run-report.ts';
import {
  count,
  estimate,
  factor,
  part,
  rate,
  ratio,
  table,
  unknown,
  words,
  type Cell,
  type Column,
  type Notice,
  type Row,
  type Section,
} from '../section.ts';
import type { SimulatedStep, SimulationResult, StepSide, TargetLoad } from './simulation-result.ts';

const STEP_COLUMNS: readonly Column[] = [
  { align: 'left', name: true },
  { align: 'left', called: 'side' },
  { head: 'calls', align: 'right', dropOrder: 3 },
  { head: 'success', align: 'right' },
  { head: '95% interval', align: 'left', dropOrder: 2 },
  { head: 'p50', align: 'right' },
  { head: 'p99', align: 'right' },
  { head: 'p99.9', align: 'right' },
  { head: 'attempts per call', align: 'right', dropOrder: 1 },
];

const LOAD_COLUMNS: readonly Column[] = [
  { head: 'attempts a target gets', align: 'left', name: true },
  { head: 'seconds', align: 'right', dropOrder: 1 },
  { head: 'run', align: 'right' },
  { head: 'simulated', align: 'right' },
  { head: 'factor', align: 'right' },
];

/**
 * Returns each step's calls in the run beside those in the simulation, and what each target gets;
 * empty for the report of a run.
 */
export function simulationSection({ simulation }: RunReport): Section {
  if (simulation === undefined) return { title: 'Simulation', blocks: [] };
  const { as, steps, loads } = simulation;
  return {
    title: 'Simulation',
    blocks: [
      table(
        STEP_COLUMNS,
        steps.flatMap(({ step, run, simulated }) => [
          [words(step), words(`run ${shortId(as.runId)}`, 'faint'), ...sideCells(run)],
          [words(''), words('simulated'), ...sideCells(simulated)],
        ]),
      ),
      table(LOAD_COLUMNS, loads.map(loadRow), { apart: true }),
    ],
  };
}

function sideCells(side: StepSide | undefined): Row {
  if (side === undefined) return [count(0, 'faint'), ...Array.from({ length: 6 }, () => unknown())];
  const { calls, success, percentiles, attemptsPerCall } = side;
  const [p50, p99, p999] = percentiles;
  return [
    count(calls),
    ratio(success.ratio, 'strong'),
    words(`${formatRatio(success.lower)}–${formatRatio(success.upper)}`, 'faint'),
    estimate(p50),
    estimate(p99),
    estimate(p999),
    factor(attemptsPerCall),
  ];
}

function loadRow({
  target,
  stretch,
  seconds,
  runPerSec,
  simulatedPerSec,
  isBeyond,
}: TargetLoad): Row {
  return [
    stretch === '' ? words(target) : part(stretch, 'faint'),
    count(seconds, 'faint'),
    rate(runPerSec),
    rate(simulatedPerSec),
    timesCell(runPerSec, simulatedPerSec, isBeyond),
  ];
}

function timesCell(runPerSec: number, simulatedPerSec: number, isBeyond: boolean): Cell {
  if (runPerSec === 0) return unknown(isBeyond ? 'bad' : 'plain');
  return factor(simulatedPerSec / runPerSec, isBeyond ? 'bad' : 'plain');
}

/** Returns what run it is as, in place of when it was measured. */
export function simulationFacts({ as }: SimulationResult): readonly Cell[] {
  return [
    words(`simulated as run ${as.runId} answered`, 'strong'),
    words(`that of ${formatMoment(as.startedEpochMs)}`, 'faint'),
  ];
}

/** Returns what a simulation does not know; none for the report of a run. */
export function simulationNotices({ simulation }: RunReport): readonly Notice[] {
  if (simulation === undefined) return [];
  const { as, leftOut } = simulation;
  return [
    {
      claim: `SIMULATED, not measured: nothing was sent; every attempt is answered as one that run ${shortId(as.runId)} made around the same second`,
      tone: 'doubt',
      reasons: [
        ...retryTexts(simulation),
        ...(as.isPartial
          ? ['the run ended before its load did: later seconds are as its last']
          : []),
        ...leftOut,
      ],
    },
    ...fewNotices(simulation),
    ...beyondNotices(simulation),
    ...unknownNotices(simulation),
    ...borrowedNotices(simulation),
  ];
}

/** What is known of failures that stick to a call. */
function retryTexts({ steps }: SimulationResult): readonly string[] {
  const known = steps.flatMap(({ step, failsAgain }) =>
    failsAgain === undefined
      ? []
      : [
          `${step}: retries fail as often beside first attempts as they did in the run, ${formatCount(failsAgain.failed)} of ${formatCount(failsAgain.retries)}`,
        ],
  );
  if (known.length === steps.length) return known;
  const others = known.length === 0 ? 'answers' : 'answers of other steps';
  return [
    ...known,
    `${others} are drawn independently: failures that stick to a request are underestimated`,
  ];
}

/** As many as the model wants around a second: fewer are all that it draws from. */
const ATTEMPTS_WANTED = 100;

/** Intervals hold for the draws: of few attempts, drawn often, they say more than is known. */
function fewNotices({ as, steps }: SimulationResult): readonly Notice[] {
  const few = steps.flatMap(({ step, run, simulated }) =>
    run && simulated && run.attempts < Math.min(ATTEMPTS_WANTED, simulated.attempts)
      ? [
          `${step}: ${counted(run.attempts, 'attempt')} in the run, ${counted(simulated.attempts, 'attempt')} simulated`,
        ]
      : [],
  );
  if (few.length === 0) return [];
  return [
    {
      claim: `FEW ATTEMPTS, DRAWN AGAIN AND AGAIN: percentiles, intervals and thresholds of these steps hold for what run ${shortId(as.runId)} happened to see, and for no more`,
      tone: 'doubt',
      reasons: few,
      remedy: `simulate as a run with ${ATTEMPTS_WANTED} attempts of each step or more.`,
    },
  ];
}

/** Stretches that are named in a notice. */
const NAMED_MAX = 4;

function beyondNotices({ as, loads }: SimulationResult): readonly Notice[] {
  const beyond = loads.filter(({ isBeyond }) => isBeyond);
  if (beyond.length === 0) return [];
  const stretches = beyond.filter(({ stretch }) => stretch !== '');
  const named = stretches.length > 0 ? stretches : beyond;
  const most = named.toSorted((a, b) => timesOf(b) - timesOf(a)).slice(0, NAMED_MAX);
  return [
    {
      claim: `BEYOND THE LOAD OF THE RUN: times and failures are those at the load of run ${shortId(as.runId)}, and a target that gets more may do worse`,
      tone: 'doubt',
      reasons: most.map(
        ({ target, stretch, runPerSec, simulatedPerSec }) =>
          `${target}, ${stretch === '' ? 'in all' : stretch}: ${formatRate(simulatedPerSec)} attempts, ${formatRate(runPerSec)} in the run`,
      ),
      remedy:
        'carry it out: what attempts do to a target in overload, only a run tells; retries look better here than they are.',
    },
  ];
}

function timesOf({ runPerSec, simulatedPerSec }: TargetLoad): number {
  return runPerSec === 0 ? Infinity : simulatedPerSec / runPerSec;
}

function unknownNotices({ steps }: SimulationResult): readonly Notice[] {
  const cut = steps.filter(({ unknown: some }) => some > 0);
  if (cut.length === 0) return [];
  return [
    {
      claim:
        'NOT KNOWN PAST THE TIMEOUTS OF THE RUN: attempts that it cut off time out here as well, however long they have',
      tone: 'doubt',
      reasons: cut.map(unknownText),
      remedy:
        'simulate timeouts that are no longer than those of the run, or name a run with longer ones.',
    },
  ];
}

function unknownText({ step, attempts, unknown: some, unknownFromNs }: SimulatedStep): string {
  return `${step}: unknown beyond ${formatDuration(unknownFromNs ?? 0)} for up to ${formatRatio(some / attempts)} of the attempts`;
}

function borrowedNotices({ steps, as }: SimulationResult): readonly Notice[] {
  const borrowing = steps.filter(({ borrowed }) => borrowed > 0);
  if (borrowing.length === 0) return [];
  return [
    {
      claim: `IN PART FROM OTHER TIMES: run ${shortId(as.runId)} did not call these steps in some phases and fault windows, and there they answer as in the nearest others`,
      tone: 'doubt',
      reasons: borrowing.map(
        ({ step, borrowed, attempts }) =>
          `${step}: ${formatRatio(borrowed / attempts)} of the attempts`,
      ),
    },
  ];
}

const SHORT = 8;

function shortId(runId: string): string {
  return runId.slice(0, SHORT);
}
