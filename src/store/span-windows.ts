import {
  SpanTableBuilder,
  type SelectedSpans,
  type SpanSelection,
  type SpanWindows,
} from '../spans/index.ts';
import type { QueryParameters, StoreConnection } from './connection.ts';
import { readWindowBlocks } from './rows/window-blocks.ts';
import { queryFor, type SpanLayout } from './span-layout.ts';
import { queryText, type QueryName } from './sql-files.ts';

/**
 * How long before and behind a window spans are looked at: a trace that lasts longer may be taken
 * for one that begins in the window, and loses what it did later than so long after its end.
 */
const AROUND_SEC = 600;
const UINT32_MAX = 2 ** 32 - 1;
const HASH_MAX = String(2n ** 64n - 1n);

/**
 * Returns the windows of the spans that lie in a store. Spans without a start are not read. They
 * come as a stream and go straight into the columns.
 */
export function storedSpanWindows(connection: StoreConnection, layout: SpanLayout): SpanWindows {
  const text = (query: QueryName): string => queryFor(layout, queryText(query));
  const spansText = text('window_spans')
    .replace('{ResourceAttributes}', attributesText(layout, 'ResourceAttributes'))
    .replace('{SpanAttributes}', attributesText(layout, 'SpanAttributes'));
  return {
    spansIn: async (selection, tracesMax): Promise<SelectedSpans> => {
      const parameters = parametersOf(selection);
      type CountRow = { readonly Traces: string; readonly NextHash: string };
      const [counted] = await connection.select<CountRow>(text('window_traces'), {
        ...parameters,
        hashesBelow: HASH_MAX,
        tracesMax: Math.min(tracesMax, UINT32_MAX - 1),
      });
      const { Traces = '0', NextHash = '0' } = counted ?? {};
      const builder = new SpanTableBuilder();
      await connection.stream(
        `${spansText}\nFORMAT Native`,
        { ...parameters, hashesBelow: NextHash === '0' ? HASH_MAX : NextHash },
        (stream) => readWindowBlocks(stream, builder),
      );
      return { table: builder.build(), tracesInAll: Number(Traces) };
    },
  };
}

function parametersOf(selection: SpanSelection): QueryParameters {
  return {
    fromNs: String(selection.fromEpochNs),
    toNs: String(selection.toEpochNs),
    aroundSec: AROUND_SEC,
    runId: selection.runId ?? '',
    service: selection.serviceName ?? '',
  };
}

/** A JSON column is read as the text of its objects. */
function attributesText({ isJson }: SpanLayout, column: string): string {
  return isJson
    ? `toLowCardinality(toString(${column}))`
    : `CAST(${column}, 'Map(LowCardinality(String), LowCardinality(String))')`;
}
