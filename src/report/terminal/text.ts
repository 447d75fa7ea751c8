import { lengthOf } from '../../core/index.ts';

/** Returns the text, or its beginning with `…` where it is longer than `size` characters. */
export function ellipsis(text: string, size: number): string {
  return lengthOf(text) <= size
    ? text
    : `${Array.from(text)
        .slice(0, Math.max(0, size - 1))
        .join('')}…`;
}
