import type { Template } from '../scenario/index.ts';

/**
 * Returns the indices of a path template's references whose value may make up a whole segment:
 * those between two `/`, with nothing beside them but dots and other references. There `..` would
 * lead out of its place, and encoding it does not help: to an URL parser `%2E%2E` is the same.
 */
export function segmentHoles(template: Template): ReadonlySet<number> {
  const found = new Set<number>();
  let literal = '';
  let holes: number[] = [];
  const endSegment = (): void => {
    if (/^\.*$/u.test(literal)) for (const hole of holes) found.add(hole);
    literal = '';
    holes = [];
  };
  for (const [i, piece] of template.entries()) {
    if (typeof piece !== 'string') {
      if (piece.form === 'path') holes.push(i);
      continue;
    }
    const [path = '', query] = piece.split('?', 2);
    for (const [k, part] of path.split('/').entries()) {
      if (k > 0) endSegment();
      literal += part;
    }
    if (query !== undefined) break;
  }
  endSegment();
  return found;
}

/**
 * Returns why a value is no segment of a path, `is ...`, without showing it; '' where it is one.
 */
export function segmentProblem(value: unknown): string {
  if (value !== '.' && value !== '..') return '';
  return 'is one dot or two, which leads out of its place in a path';
}
