import { LINE_CHARS_MAX } from './text-lines.ts';
import type { NumberedLine } from './whole-lines.ts';

/**
 * Returns the objects of a JSON array, or of several JSON texts one after another, each as its own
 * text and with the line on which it begins. What lies between them is passed over where it is a
 * comma, a bracket or white space; anything else comes as a text of its own, up to its line's end.
 * An object that is too long comes cut off.
 */
export async function* jsonObjects(chunks: AsyncIterable<string>): AsyncGenerator<NumberedLine> {
  const at = { depth: 0, isInText: false, isEscaped: false, isStray: false };
  let object = '';
  let begunAt = 1;
  let line = 1;
  for await (const chunk of chunks) {
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const character = chunk[i] ?? '';
      if (character === '\n') line++;
      if (at.isStray) {
        if (character !== '\n') continue;
        yield { text: object + chunk.slice(from, i), line: begunAt };
        at.isStray = false;
        object = '';
      } else if (at.depth === 0) {
        if (/[\s,[\]]/u.test(character)) continue;
        from = i;
        begunAt = line;
        if (character === '{') at.depth = 1;
        else at.isStray = true;
      } else if (at.isInText) {
        if (at.isEscaped) at.isEscaped = false;
        else if (character === '\\') at.isEscaped = true;
        else if (character === '"') at.isInText = false;
      } else if (character === '"') {
        at.isInText = true;
      } else if (character === '{' || character === '[') {
        at.depth++;
      } else if ((character === '}' || character === ']') && --at.depth === 0) {
        yield { text: object + chunk.slice(from, i + 1), line: begunAt };
        object = '';
      }
    }
    if (at.depth > 0 || at.isStray) object = (object + chunk.slice(from)).slice(0, LINE_CHARS_MAX);
  }
  if (object !== '') yield { text: object, line: begunAt };
}
