import { counted } from '../../core/index.ts';
// Not by the room's index, which would load the receiver with it.
import { importSpans } from '../../ingest/files/import-spans.ts';
import { openStore, spansNotStored } from '../../store/index.ts';
import { checkLimits } from '../command-limits.ts';
import { importJson, importLines, nextLines, type ImportOptions } from '../import-text.ts';
import { commandLineOf, storeOptions, type ReadOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

/**
 * Stores the spans of files and says what was stored.
 * @throws SPANS_UNREADABLE; what opening the store throws
 */
export async function importFiles(
  paths: readonly string[],
  options: ReadOptions & ImportOptions,
  terminal: Terminal,
): Promise<void> {
  checkLimits('receive');
  const onNotice = (text: string): void => terminal.progress(text);
  const store = await openStore({ ...storeOptions(options), onNotice });
  const { connection, sink } = store;
  try {
    const result = await importSpans(
      paths,
      {
        durationUnit: options.durationUnit,
        strict: options.strict ?? false,
        onProgress: (spanCount) => terminal.live(`${counted(spanCount, 'span')} read`),
      },
      {
        notStored: (spans) => spansNotStored(connection, spans),
        rejectionOf: (span) => sink.rejectionOf(span),
        writeSpans: (spans) => sink.writeSpans(spans),
      },
    );
    terminal.endLive();
    if (options.json) terminal.json(importJson(result));
    else {
      terminal.prose(...importLines(result, store.description));
      const next = nextLines(result, commandLineOf(options));
      // Commands stay whole, to be copied.
      if (next.length > 0) terminal.out(...next);
    }
  } finally {
    terminal.endLive();
    await store.close();
  }
}
