import {
  SpanTableBuilder,
  type AttributeChoice,
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
export const AROUND_SEC = 600;
const UINT32_MAX = 2 ** 32 - 1;
export const HASH_MAX = String(2n ** 64n - 1n);

/**
 * Returns the windows of the spans that lie in a store. Spans without a start are not read. They
 * come as a stream and go straight into the columns.
 */
export function storedSpanWindows(connection: StoreConnection, layout: SpanLayout): SpanWindows {
  const text = (query: QueryName): string => queryFor(layout, queryText(query));
  return {
    spansIn: async (selection, tracesMax, choice = 'all'): Promise<SelectedSpans> => {
      const parameters = parametersOf(selection);
      type CountRow = { readonly Traces: string; readonly NextHash: string };
      const [counted] = await connection.select<CountRow>(text('window_traces'), {
        ...parameters,
        hashesBelow: HASH_MAX,
        tracesMax: Math.min(tracesMax, UINT32_MAX - 1),
      });
      const { Traces = '0', NextHash = '0' } = counted ?? {};
      const builder = new SpanTableBuilder(choice);
      const { resource, own, keys } = attributeTexts(layout, choice);
      const spansText = text('window_spans')
        .replace('{ResourceAttributes}', resource)
        .replace('{SpanAttributes}', own);
      await connection.stream(
        `${spansText}\nFORMAT Native`,
        { ...parameters, keys, hashesBelow: NextHash === '0' ? HASH_MAX : NextHash },
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

interface AttributeTexts {
  readonly resource: string;
  readonly own: string;
  /** The parameter `keys`. */
  readonly keys: readonly string[];
}

/** The decoder takes an empty text for no attributes: it costs next to nothing. */
const NO_ATTRIBUTES = "toLowCardinality('')";

/** Returns what reads the attributes that are chosen, or more; what is not named is not read. */
export function attributeTexts(layout: SpanLayout, choice: AttributeChoice): AttributeTexts {
  const all = {
    resource: allOf(layout, 'ResourceAttributes'),
    own: allOf(layout, 'SpanAttributes'),
    keys: [],
  };
  if (choice === 'all') return all;
  const { keys, places } = choice;
  // Of a resource a few keys cost the server more than all of them, which are always the same.
  const resource = places ? all.resource : NO_ATTRIBUTES;
  if (keys.length === 0) return { resource, own: NO_ATTRIBUTES, keys };
  if (layout.isJson) return { ...all, resource };
  const chosen = 'mapFilter((key, value) -> has({keys:Array(String)}, key), SpanAttributes)';
  return { resource, own: sentOf(chosen), keys };
}

/** A JSON column is read as the text of its objects. */
function allOf({ isJson }: SpanLayout, column: string): string {
  return isJson ? `toLowCardinality(toString(${column}))` : sentOf(column);
}

function sentOf(map: string): string {
  return `CAST(${map}, 'Map(LowCardinality(String), LowCardinality(String))')`;
}
