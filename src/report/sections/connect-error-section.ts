import type { ConnectErrorAnalysis, DialAnalysis } from '../../analyze/index.ts';
import { CONNECT_REASON_TEXTS, counted, formatCount, formatRatio } from '../../core/index.ts';
import { formatTarget } from '../number-format.ts';
import type { RunReport } from '../run-report.ts';
import { count, note, table, words, type Column, type Row, type Section } from '../section.ts';

/** Of one target. */
const SHOWN = 5;

const COLUMNS: readonly Column[] = [
  { head: 'connects', align: 'right' },
  { head: 'target', align: 'left' },
  { head: 'why', align: 'left' },
  { align: 'left', message: true },
];

/**
 * Returns which connections could not be opened and why, and how many calls were sent again since
 * their connection was closed under them.
 */
export function connectErrorSection({ analysis }: RunReport): Section {
  const failing = analysis.dials.filter(({ failed }) => failed > 0);
  const facts = failing.map(
    ({ target, opened, failed, failedRatio }) =>
      `${formatCount(failed)} of ${counted(opened + failed, 'connect')} to ${formatTarget(target, analysis.run)} failed (${formatRatio(failedRatio)})`,
  );
  const { resentCalls: resent } = analysis.counters;
  const sentAgain = `${resent === 1 ? '1 call was sent again' : `calls were sent again ${formatCount(resent)} times`}: connection closed or stream refused`;
  return {
    title: 'Failed connects',
    blocks: [
      table(COLUMNS, failing.flatMap(rowsOf)),
      ...facts.map((fact) => note([words(fact, 'bad')])),
      ...(resent > 0 ? [note([words(sentAgain, 'doubt')])] : []),
    ],
  };
}

function rowsOf({ target, reasons }: DialAnalysis): readonly Row[] {
  const left = reasons.slice(SHOWN).reduce((sum, reason) => sum + reason.count, 0);
  const rest: readonly Row[] =
    left === 0 ? [] : [[count(left), words(''), words('other reasons'), words('')]];
  return [
    ...reasons.slice(0, SHOWN).map((reason, i) => rowOf(i === 0 ? target : '', reason)),
    ...rest,
  ];
}

function rowOf(target: string, { reason, text, count: times }: ConnectErrorAnalysis): Row {
  const why = CONNECT_REASON_TEXTS[reason];
  return [
    count(times, 'strong'),
    words(target),
    words(why, 'bad'),
    words(text + hintOf(text), 'faint'),
  ];
}

/** What a raw reason of TLS comes of where it says so to nobody who has not met it before. */
function hintOf(text: string): string {
  return text.includes('ERR_SSL_WRONG_VERSION_NUMBER')
    ? ': the target speaks plain http, it seems'
    : '';
}
