import { SpanTableBuilder, type StepTraces } from '../spans/index.ts';
import type { StoreConnection } from './connection.ts';
import { readWindowBlocks } from './rows/window-blocks.ts';
import { queryFor, type SpanLayout } from './span-layout.ts';
import { AROUND_SEC, attributeTexts, HASH_MAX } from './span-windows.ts';
import { queryText } from './sql-files.ts';

/** Returns what reads the traces of steps that lie in a store. */
export function storedStepTraces(connection: StoreConnection, layout: SpanLayout): StepTraces {
  return {
    tracesOfStep: async ({ fromEpochNs, toEpochNs, ...selection }) => {
      const builder = new SpanTableBuilder();
      const { resource, own, keys } = attributeTexts(layout, 'all');
      const text = queryFor(layout, queryText('step_spans'))
        .replace('{ResourceAttributes}', resource)
        .replace('{SpanAttributes}', own);
      const parameters = {
        ...selection,
        fromNs: String(fromEpochNs),
        toNs: String(toEpochNs),
        slowerThanNs: Number.isFinite(selection.slowerThanNs) ? selection.slowerThanNs : NEVER_NS,
        aroundSec: AROUND_SEC,
        hashesBelow: HASH_MAX,
        keys,
      };
      await connection.stream(`${text}\nFORMAT Native`, parameters, (stream) =>
        readWindowBlocks(stream, builder),
      );
      return builder.build();
    },
  };
}

/** Longer than any call takes. */
const NEVER_NS = 1e30;
