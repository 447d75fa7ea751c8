import { renderDocument, renderMarkdown, renderWhyJson, whyDocument } from '../../report/index.ts';
import { findRunId } from '../../run/stored/find-run.ts';
import { reportOf } from '../../run/stored/index.ts';
import { recordedBaseline } from '../../run/stored/recorded-baseline.ts';
import { isBaselineFile } from '../../run/stored/baseline-word.ts';
import {
  baselineOfReport,
  COMMAND_LIMITS,
  whyBaseline,
  whyOfReport,
  type WhyBaseline,
  type WhyTraces,
} from '../../run/stored/stored-why.ts';
import type { Store } from '../../store/index.ts';
import { storedTraces } from '../../store/stored-traces.ts';
import { commandLineOf, type ReadOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { withStore } from './with-store.ts';

/** What `why` is asked for. */
export interface WhyOptions extends ReadOptions {
  readonly baseline?: string;
  readonly threshold?: string;
  readonly step?: string;
  readonly markdown?: true;
}

/** Of a baseline file alone nobody knows where its calls spent their time. */
const NO_SPANS =
  'A baseline file has no spans, and the store does not have its run: name one that it has with --baseline.';

/**
 * Prints why thresholds of a stored run failed.
 * @throws RUN_NOT_FOUND; USAGE_INVALID for a run, a threshold or a step that is not there
 */
export async function printWhy(
  run: string,
  options: WhyOptions,
  terminal: Terminal,
): Promise<void> {
  const { baseline: word, threshold, step } = options;
  await withStore(options, terminal, async (store) => {
    const command = commandLineOf(options);
    const id = await findRunId(store.source, run);
    const report = await reportOf(store, id, command, await recordedBaseline(store, id));
    const traces = storedTraces(store);
    const baseline =
      word === undefined
        ? await baselineOfReport(report, traces, store.source)
        : await namedBaseline(store, word, traces);
    const why = await whyOfReport(report, traces, {
      limits: COMMAND_LIMITS,
      ...(threshold !== undefined && { threshold }),
      ...(step !== undefined && { step }),
      ...(baseline && { baseline }),
      baselineNote: word !== undefined && baseline === undefined ? NO_SPANS : '',
    });
    if (options.json) return terminal.json(renderWhyJson(why));
    const { scenario } = report.analysis.run;
    const document = whyDocument({ why, scenario, storedAt: store.description, command });
    if (options.markdown) return terminal.out(...renderMarkdown(document).trimEnd().split('\n'));
    return terminal.styled(renderDocument(document, terminal));
  });
}

/** Returns a run that is named, or that a file stands for; undefined where the store lacks that. */
async function namedBaseline(
  { source }: Store,
  word: string,
  traces: WhyTraces,
): Promise<WhyBaseline | undefined> {
  if (!isBaselineFile(word)) return whyBaseline(source, await findRunId(source, word), traces);
  const { baselineFile } = await import('../../run/stored/stored-comparison.ts');
  const { runId } = baselineFile(word);
  return (await source.run(runId)) && whyBaseline(source, runId, traces);
}
