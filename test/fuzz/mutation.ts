import type { Draw } from './draw.ts';

/** A text to begin with, and what is put into it. */
export interface Mutations {
  /** Well-formed texts; one is changed, and pieces of another may come into it. */
  readonly corpus: readonly [string, ...string[]];
  /** What readers of the format look for: delimiters, limits, beginnings without an end. */
  readonly tokens: readonly [string, ...string[]];
}

const CHANGES_MAX = 6;
const REPEATS_MAX = 200;
const PIECE_MAX = 80;
const CHARACTERS_MAX = 64 * 1024;

/**
 * Returns a text of the corpus with one to six changes: bytes changed, cut out, doubled, cut off;
 * tokens, pieces of other texts and long repetitions put in. Each character is one byte.
 */
export function mutated({ corpus, tokens }: Mutations, draw: Draw): string {
  let text = draw.of(corpus);
  for (let left = 1 + draw.below(CHANGES_MAX); left > 0; left--) {
    const at = draw.below(text.length + 1);
    const to = Math.min(text.length, at + draw.below(PIECE_MAX));
    const [before, piece, behind] = [text.slice(0, at), text.slice(at, to), text.slice(to)];
    switch (draw.below(8)) {
      case 0:
        text = before + String.fromCharCode(draw.below(256)) + text.slice(at + 1);
        break;
      case 1:
        text = before + behind;
        break;
      case 2:
        text = before + piece + piece + behind;
        break;
      case 3:
        text = before;
        break;
      case 4:
        text = before + piece.repeat(1 + draw.below(REPEATS_MAX)) + behind;
        break;
      case 5:
        text = before + draw.of(tokens).repeat(1 + draw.below(REPEATS_MAX)) + behind;
        break;
      case 6: {
        const other = draw.of(corpus);
        const from = draw.below(other.length + 1);
        text = before + other.slice(from, from + draw.below(PIECE_MAX)) + behind;
        break;
      }
      default:
        text = before + draw.of(tokens) + behind;
    }
  }
  return text.slice(0, CHARACTERS_MAX);
}
