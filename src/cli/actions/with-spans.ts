// Not by the room's index: commands that read no windows do without what they need.
import { openSpans, type SpanReader } from '../../store/open-spans.ts';
import { checkLimits } from '../command-limits.ts';
import { storeOptions, type SpanOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

/** Opens the spans that the options name to read them, and lets go of them whatever happened. */
export async function withSpans(
  options: SpanOptions,
  terminal: Terminal,
  use: (reader: SpanReader) => Promise<void>,
): Promise<void> {
  checkLimits('reading the store');
  const reader = await openSpans({
    ...storeOptions(options),
    ...(options.spans === undefined ? {} : { spans: options.spans }),
    onNotice: (text) => terminal.progress(text),
  });
  try {
    await use(reader);
  } finally {
    await reader.close();
  }
}
