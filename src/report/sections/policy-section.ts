import type { BreakerAnalysis, PolicySummary, RunAnalysis } from '../../analyze/index.ts';
import { counted, formatDuration, NS_PER_SEC } from '../../core/index.ts';
import type { RunReport } from '../run-report.ts';
import {
  count,
  factor,
  note,
  ratio,
  table,
  words,
  type Block,
  type Cell,
  type Column,
  type Note,
  type Row,
  type Section,
} from '../section.ts';

/** A quantity of the table; one with `isThere` only where a step has some of it. */
interface Quantity extends Column {
  readonly of: (policy: PolicySummary) => Cell;
  readonly isThere?: (policy: PolicySummary) => boolean;
}

const some = (value: number): Cell => count(value, value > 0 ? 'plain' : 'faint');
const bad = (value: number): Cell => count(value, value > 0 ? 'bad' : 'faint');

const QUANTITIES: readonly Quantity[] = [
  { head: 'calls', align: 'right', of: (p) => count(p.calls) },
  { head: 'attempts', align: 'right', of: (p) => count(p.attempts) },
  { head: 'per call', align: 'right', of: (p) => factor(p.amplification, 'strong') },
  { head: 'retries', align: 'right', of: (p) => some(p.retries) },
  { head: 'hedges', align: 'right', of: (p) => some(p.hedges), isThere: (p) => p.hedges > 0 },
  {
    head: 'won',
    align: 'right',
    dropOrder: 1,
    of: (p) => some(p.hedgeWins),
    isThere: (p) => p.hedges > 0,
  },
  { head: 'rejected', align: 'right', of: (p) => bad(p.rejected) },
  {
    head: 'fallbacks',
    align: 'right',
    of: (p) => some(p.fallbacks),
    isThere: (p) => p.fallbacks > 0,
  },
];

/** The line of a breaker is no longer; a mark then stands for several seconds. */
const MARKS_MAX = 60;
const CLOSED = '·';
const PARTLY = '▄';
const OPEN = '█';
/** Open for more of a mark's time is open. */
const OPEN_FROM = 0.5;

/**
 * Returns what policies did: per step how often its calls were sent, made again and refused; below
 * it what its policy is, why it refused, when its breaker was open, and where its attempts went.
 */
export function policySection({ analysis, policies }: RunReport): Section {
  const steps = analysis.steps.flatMap(({ step, policy }) => (policy ? [{ step, policy }] : []));
  if (steps.length === 0) return { title: 'Policies', blocks: [] };
  const shown = QUANTITIES.filter(({ isThere }) => {
    return isThere === undefined || steps.some(({ policy }) => isThere(policy));
  });
  const columns: readonly Column[] = [
    { align: 'left', name: true },
    ...shown.map(({ of: _of, isThere: _isThere, ...column }) => column),
  ];
  const rows = steps.map(({ step, policy }): Row => {
    return [words(step), ...shown.map(({ of }) => of(policy))];
  });
  return {
    title: 'Policies',
    blocks: [
      table(columns, rows),
      ...steps.flatMap(({ step, policy }) => [
        stepNote(step, policies.get(step)),
        ...refusalNotes(policy),
        ...(policy.breaker ? breakerNotes(policy.breaker, analysis) : []),
        ...endpointNotes(policy),
      ]),
    ],
  };
}

/** A step without a policy is told of where its target has several endpoints. */
function stepNote(
  step: string,
  planned: { readonly name: string; readonly text: string } | undefined,
): Block {
  const what = planned
    ? [words(planned.name), words(planned.text, 'faint')]
    : [words('no policy', 'faint')];
  return note([words(step), ...what], { apart: true });
}

function refusalNotes(policy: PolicySummary): readonly Note[] {
  const reasons = [
    ['attempt', 'by the breaker', policy.breakerRejected],
    ['call', 'by the bulkhead', policy.bulkheadRejected],
    ['call', 'by the rate limit', policy.rateLimited],
    ['retry', 'by their budget', policy.retriesDenied, 'retries'],
    ['hedge', 'by their bound', policy.hedgesDenied],
  ] as const;
  const facts = reasons.flatMap(([noun, why, value, plural]) =>
    value > 0 ? [words(`${counted(value, noun, plural)} ${why}`)] : [],
  );
  return facts.length === 0 ? [] : [note([words('refused'), ...facts], { nested: true })];
}

function breakerNotes(breaker: BreakerAnalysis, analysis: RunAnalysis): readonly Note[] {
  const { opened, openRatio } = breaker;
  const facts = [
    words(`breaker opened ${counted(opened, 'time')}`, 'bad'),
    [words('open'), ratio(openRatio), words('of the time')],
  ];
  return [note(facts, { nested: true }), ...breakerLine(breaker, analysis)];
}

/** Over all measured seconds, from left to right. */
function breakerLine({ seconds }: BreakerAnalysis, { phases }: RunAnalysis): readonly Note[] {
  const measured = phases.filter((phase) => phase.measured && phase.ranNs > 0);
  const from = Math.floor(Math.min(...measured.map((phase) => phase.fromNs)) / NS_PER_SEC);
  const to = Math.ceil(
    Math.max(...measured.map((phase) => phase.fromNs + phase.ranNs)) / NS_PER_SEC,
  );
  if (!(to > from)) return [];
  const each = Math.ceil((to - from) / MARKS_MAX);
  const openSec = Array.from({ length: Math.ceil((to - from) / each) }, () => 0);
  for (const { second, openRatio } of seconds) {
    const at = Math.floor((second - from) / each);
    if (at in openSec) openSec[at] = (openSec[at] ?? 0) + openRatio;
  }
  const line = openSec.map((sec) => {
    if (sec === 0) return CLOSED;
    return sec / each >= OPEN_FROM ? OPEN : PARTLY;
  });
  const scale = `${formatDuration(each * NS_PER_SEC)} a mark, ${OPEN} open, ${PARTLY} for less than half of it`;
  return [
    note([words(line.join(''))], { nested: true }),
    note([words(scale, 'faint')], { nested: true }),
  ];
}

function endpointNotes({ endpoints }: PolicySummary): readonly Note[] {
  if (endpoints.length === 0) return [];
  const facts = endpoints.map(({ endpoint, ratio: share }): Row => [words(endpoint), ratio(share)]);
  return [note([words('endpoints'), ...facts], { nested: true })];
}
