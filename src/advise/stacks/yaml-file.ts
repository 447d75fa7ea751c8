import { Document, isMap, isNode, isPair, isScalar, isSeq } from 'yaml';
import { printable } from '../../core/index.ts';
import { commentLines } from './stack-units.ts';

/** Where a comment stands: before what lies at a path. */
export interface YamlComment {
  readonly path: readonly (string | number)[];
  readonly lines: readonly string[];
}

/** Returns content as YAML, with comments before parts of it and above all. */
export function yamlText(
  content: object,
  {
    head,
    comments,
  }: { readonly head: readonly string[]; readonly comments: readonly YamlComment[] },
): string {
  const document = new Document(content, { aliasDuplicateObjects: false });
  for (const { path, lines } of comments) {
    const node = nodeAt(document.contents, path);
    if (node !== undefined) node.commentBefore = asComment(lines);
  }
  // Lists of one line stay on one: none of them is long.
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  return `${commentLines(head.map(printable), '#').join('\n')}\n${text}`;
}

/** The library writes the mark of a comment. */
function asComment(lines: readonly string[]): string {
  return commentLines(lines, '#')
    .map((line) => line.slice(1))
    .join('\n');
}

/** Of a pair it is the key before which a comment stands. */
function nodeAt(
  root: unknown,
  path: readonly (string | number)[],
): { commentBefore?: string | null } | undefined {
  let at: unknown = root;
  for (const [i, step] of path.entries()) {
    if (isSeq(at)) at = at.items[Number(step)];
    else if (isMap(at)) {
      const pair = at.items.find(({ key }) => (isScalar(key) ? key.value : key) === step);
      if (i === path.length - 1 && pair && isNode(pair.key)) return pair.key;
      at = isPair(pair) ? pair.value : undefined;
    } else return undefined;
  }
  return isNode(at) ? at : undefined;
}
