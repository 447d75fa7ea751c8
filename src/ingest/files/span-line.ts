import type { Span } from '../../core/index.ts';

/** What a line or record of a file is: spans, or a problem for which it is left out. */
export type SpanLine = { readonly spans: readonly Span[] } | BadLine;

/** Why a line, or spans in it, are left out. */
export interface BadLine {
  readonly spans?: readonly Span[];
  /** The same for all lines with the same fault: `StartTime is no time`. */
  readonly fault: string;
  /** The value seen and the value wanted. */
  readonly problem: string;
  /** From 1, the head line counted. */
  readonly line: number;
  /** How many spans of the line are left out; undefined where the line is. */
  readonly spanCount?: number;
}

/** Longest piece of a value that a message shows. */
const SHOWN_MAX = 64;

/** Returns a value as a message shows it. */
export function shownValue(text: string): string {
  return text.length > SHOWN_MAX ? `"${text.slice(0, SHOWN_MAX).toWellFormed()}..."` : `"${text}"`;
}
