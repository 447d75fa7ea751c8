import { Option, type Command } from 'commander';
import { HarnessError, NS_PER_SEC, parseDuration, parsePercent, type Ns } from '../core/index.ts';
import type { SamplingRules, SlowRule } from '../sampling/index.ts';

/** Which traces a receiver keeps, as the command line says it. */
export interface SamplingOptions {
  readonly sample?: string;
  readonly keepSlower?: string;
  readonly decisionWait?: string;
  readonly decisionWaitAfterRoot?: string;
}

const WAIT_NS: Ns = 30 * NS_PER_SEC;
/** Exporters send every 5 s. */
const WAIT_AFTER_ROOT_NS: Ns = 10 * NS_PER_SEC;
const WAIT_NS_MAX: Ns = 600 * NS_PER_SEC;

/** Adds the options of {@link SamplingOptions} to a command. */
export function withSamplingOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--sample <share>',
        'store traces that failed or were touched by a fault, and this share of the others: 5%',
      ),
    )
    .addOption(
      new Option(
        '--keep-slower <limit>',
        'with --sample: store slower traces too; 500ms, or p99 of those alike',
      ),
    )
    .addOption(
      new Option(
        '--decision-wait <time>',
        'with --sample: decide so long after the first span of a trace came (default: 30s)',
      ),
    )
    .addOption(
      new Option(
        '--decision-wait-after-root <time>',
        'with --sample: or so long after its root came, where that is sooner (default: 10s)',
      ),
    );
}

/**
 * Returns which traces the options keep; undefined where all are.
 * @throws HarnessError USAGE_INVALID
 */
export function samplingRulesOf(options: SamplingOptions): SamplingRules | undefined {
  const { sample, keepSlower, decisionWait, decisionWaitAfterRoot } = options;
  if (sample === undefined) {
    const [given] = Object.entries({ keepSlower, decisionWait, decisionWaitAfterRoot }).filter(
      ([, value]) => value !== undefined,
    );
    if (given === undefined) return undefined;
    const flag = given[0].replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
    throw new HarnessError(
      'USAGE_INVALID',
      `--${flag} says which traces are kept beside a share, and no share is given`,
      { hint: 'Write --sample 5% as well; without it every trace is stored.' },
    );
  }
  const ratio = parsePercent(sample);
  if (ratio === undefined || ratio <= 0) {
    throw new HarnessError(
      'USAGE_INVALID',
      `--sample must be a share of the traces, above 0% and up to 100%, got "${sample}"`,
      { hint: 'Write --sample 5%, say.' },
    );
  }
  const waitNs = waitOf(decisionWait, '--decision-wait') ?? WAIT_NS;
  const ownAfterRootNs = waitOf(decisionWaitAfterRoot, '--decision-wait-after-root');
  if (ownAfterRootNs !== undefined && ownAfterRootNs > waitNs) {
    throw new HarnessError(
      'USAGE_INVALID',
      `--decision-wait-after-root must be at most --decision-wait (${decisionWait ?? `${WAIT_NS / NS_PER_SEC}s, the default`}), which ends it, got "${decisionWaitAfterRoot}"`,
      { hint: 'Shorten the one, or lengthen the other.' },
    );
  }
  return {
    ratio,
    slow: keepSlower === undefined ? undefined : slowRuleOf(keepSlower),
    waitNs,
    waitAfterRootNs: ownAfterRootNs ?? Math.min(WAIT_AFTER_ROOT_NS, waitNs),
  };
}

/** p50 to p99.99. */
const PERCENTILE = /^p(\d\d(?:\.\d{1,2})?)$/u;

function slowRuleOf(text: string): SlowRule {
  const percentile = Number(PERCENTILE.exec(text)?.[1]) / 100;
  if (percentile >= 0.5) return { kind: 'percentile', percentile };
  const limitNs = parseDuration(text);
  if (limitNs !== undefined && limitNs > 0) return { kind: 'time', limitNs };
  throw new HarnessError(
    'USAGE_INVALID',
    `--keep-slower must be a time or a percentile from p50 to p99.99, got "${text}"`,
    { hint: 'Write --keep-slower 500ms or --keep-slower p99, say.' },
  );
}

function waitOf(text: string | undefined, option: string): Ns | undefined {
  if (text === undefined) return undefined;
  const ns = parseDuration(text);
  if (ns !== undefined && ns > 0 && ns <= WAIT_NS_MAX) return ns;
  throw new HarnessError(
    'USAGE_INVALID',
    `${option} must be a time above 0 and up to 10m, got "${text}"`,
    { hint: `Write ${option} 30s, say.` },
  );
}
