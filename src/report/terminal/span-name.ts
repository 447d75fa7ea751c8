import { lengthOf } from '../../core/index.ts';
import { ellipsis } from './text.ts';

/** The parts of a span's name in a tree. */
export interface TreeName {
  /** The lines of the tree before it; each character is one wide. */
  readonly lines: string;
  readonly service: string;
  readonly operation: string;
  /** What is said of the span behind its name; never shortened. */
  readonly mark: string;
}

const PART_MIN = 8;
const GAP = '  ';
/** Stands for the lines of the levels above. */
const DEEP = '⋯ ';

/** Returns how many columns the whole name takes. */
export function nameLength({ lines, service, operation, mark }: TreeName): number {
  return lines.length + lengthOf(service) + GAP.length + lengthOf(operation) + lengthOf(mark);
}

/**
 * Returns the name in at most `room` columns where that is possible: of deep lines those next to
 * the name remain, in a third of the room; then the operation is shortened, then the service.
 */
export function shortenedName(name: TreeName, room: number): string {
  const { service, operation, mark } = name;
  const over = nameLength(name) - room;
  if (over <= 0) return `${name.lines}${service}${GAP}${operation}${mark}`;
  const lines = shortenedLines(
    name.lines,
    Math.max(Math.floor(room / 3), name.lines.length - over),
  );
  const left = room - lines.length - GAP.length - lengthOf(mark);
  const shownOperation = ellipsis(operation, Math.max(PART_MIN, left - lengthOf(service)));
  const shownService = ellipsis(service, Math.max(PART_MIN, left - lengthOf(shownOperation)));
  return `${lines}${shownService}${GAP}${shownOperation}${mark}`;
}

/** Levels are two characters each. */
function shortenedLines(lines: string, room: number): string {
  if (lines.length <= room) return lines;
  const kept = Math.max(2, room - DEEP.length);
  return DEEP + lines.slice(-(kept - (kept % 2)));
}
