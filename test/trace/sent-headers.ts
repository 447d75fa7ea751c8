import {
  type PropagationFormat,
  type RunIds,
  traceFields,
  writeIds,
} from '../../src/trace/index.ts';

/** Returns the headers of a call as its target reads them, by their lower-case names. */
export function sentHeaders(
  formats: readonly PropagationFormat[],
  ids: RunIds,
  seq: number,
  spanSeq: number,
): Record<string, string> {
  return Object.fromEntries(
    traceFields(formats, ids).map(({ name, value, places }) => {
      const bytes = Buffer.from(value, 'latin1');
      writeIds(places, ids, { seq, spanSeq }, bytes);
      return [name, bytes.toString('latin1').trim()];
    }),
  );
}
