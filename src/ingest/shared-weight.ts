import type { Span } from '../core/index.ts';
import { Refusal } from './refusal.ts';

/** What the spans of one resource and one scope share. */
export type SharedTexts = Pick<
  Span,
  'serviceName' | 'scopeName' | 'scopeVersion' | 'resourceAttributes'
>;

/**
 * Characters that the rows of one request may repeat for each of its spans. 20,000 spans of a
 * resource of 6,700 characters have as many.
 */
export const SHARED_CHARACTERS_MAX = 128 * 2 ** 20;
/** Characters that the store is given at once. */
const PART_CHARACTERS = 8 * 2 ** 20;
/** What an attribute costs beside its characters. */
export const PER_ATTRIBUTE = 16;

/**
 * Counts what the rows of a request's spans repeat. A body has resource and scope once for all
 * their spans, the table once for each: the two together grow with the square of the body.
 */
export class SharedWeight {
  #total = 0;
  #last: SharedTexts | undefined;
  #lastWeight = 0;

  /** Counts a span with these texts, and returns what all of them come to. */
  add(texts: SharedTexts): number {
    const last = this.#last;
    if (
      last?.resourceAttributes !== texts.resourceAttributes ||
      last.scopeName !== texts.scopeName ||
      last.scopeVersion !== texts.scopeVersion
    ) {
      this.#last = texts;
      this.#lastWeight = weightOf(texts);
    }
    return (this.#total += this.#lastWeight);
  }
}

/** @throws Refusal 413 where the texts that are repeated come to too much */
export function refuseTooHeavy(characters: number): void {
  if (characters <= SHARED_CHARACTERS_MAX) return;
  const what = 'resource and scope, which are stored with each span,';
  const message = `${what} come to more than ${SHARED_CHARACTERS_MAX} characters`;
  throw new Refusal('items', `${message}; send smaller batches`);
}

/** Yields the spans in parts, none of which is more than the store should be given at once. */
export function* partsOf(spans: readonly Span[], maxSpans: number): Generator<readonly Span[]> {
  let from = 0;
  let weight = new SharedWeight();
  for (const [index, span] of spans.entries()) {
    if (weight.add(span) < PART_CHARACTERS && index + 1 - from < maxSpans) continue;
    yield spans.slice(from, index + 1);
    from = index + 1;
    weight = new SharedWeight();
  }
  if (from < spans.length) yield spans.slice(from);
}

function weightOf(texts: SharedTexts): number {
  const { serviceName, scopeName, scopeVersion, resourceAttributes } = texts;
  return Object.entries(resourceAttributes).reduce(
    (sum, [key, value]) => sum + key.length + value.length + PER_ATTRIBUTE,
    serviceName.length + scopeName.length + scopeVersion.length,
  );
}
