import { areDisjoint, type CharacterSet } from './character-set.ts';
import type { PatternNode } from './parse-pattern.ts';

/** Steps of an engine that backtracks, for each character of a text, that still count as few. */
const STEPS_MAX = 1_000;

/**
 * Returns whether an engine that backtracks, as that of JavaScript does, searches a text for the
 * pattern in linear time: at most {@link STEPS_MAX} steps for each character of any text. `false`
 * says only that it was not proved. Either of two proofs will do.
 *
 * **Bounded.** A search begins at every character. From one of them, the ways that can be tried
 * are counted in the pattern itself: for `(a|bc)d{2,4}` there are 2 times 3. Without `*`, `+` and
 * `{n,}` that is a number, whatever the text.
 *
 * **Runs.** The pattern is a row of sets, some of them repeated, as in `name="([^"]+)"`. No set
 * that may come more or less often shares a character with what can follow it. Then from one
 * beginning every run ends where it must, and giving back a part of it fails at the next character:
 * the steps are in proportion to what the runs cover. And few beginnings cover the same character:
 * either there is one, `^`; or before the first run stands a character that no run can hold, here
 * `"`. Of a later beginning within what an earlier one covers, that character lies on one of the
 * earlier one's fixed characters, or behind its end; so there are no more of them than fixed
 * characters.
 */
export function isLinearNatively(pattern: PatternNode): boolean {
  if (stepsOf(pattern).steps <= STEPS_MAX) return true;
  const row = rowOf(pattern);
  return row !== undefined && areRunsForced(row) && isCoveredByFew(row);
}

interface Steps {
  /** Ways through. */
  readonly ways: number;
  /** Steps to try them all. */
  readonly steps: number;
}

const ONE: Steps = { ways: 1, steps: 1 };
const UNBOUNDED: Steps = { ways: Infinity, steps: Infinity };

function stepsOf(node: PatternNode): Steps {
  switch (node.kind) {
    case 'set':
    case 'assertion':
      return ONE;
    case 'group':
      return stepsOf(node.body);
    case 'choice':
      return node.ways.map(stepsOf).reduce((sum, way) => ({
        ways: sum.ways + way.ways,
        steps: sum.steps + way.steps + 1,
      }));
    case 'sequence':
      return node.parts.map(stepsOf).reduce(behind, { ways: 1, steps: 0 });
    case 'repeat':
      return stepsOfRepeat(stepsOf(node.body), node.min, node.max);
  }
}

function behind(before: Steps, part: Steps): Steps {
  return { ways: before.ways * part.ways, steps: before.steps + before.ways * part.steps };
}

function stepsOfRepeat(body: Steps, min: number, max: number): Steps {
  if (max > STEPS_MAX || body.steps > STEPS_MAX) return UNBOUNDED;
  let through: Steps = { ways: 1, steps: 0 };
  let ways = min === 0 ? 1 : 0;
  for (let times = 1; times <= max; times++) {
    through = behind(through, { ways: body.ways, steps: body.steps + 1 });
    if (through.steps > STEPS_MAX) return UNBOUNDED;
    if (times >= min) ways += through.ways;
  }
  return { ways, steps: through.steps + 1 };
}

/** A set that comes `min` to `max` times. */
interface Run {
  readonly set: CharacterSet;
  readonly min: number;
  readonly max: number;
}

interface Row {
  readonly isAtStart: boolean;
  readonly runs: readonly Run[];
}

/** Returns the pattern as a row of sets; undefined for any other. */
function rowOf(pattern: PatternNode): Row | undefined {
  const parts = flat(pattern);
  if (parts === undefined) return undefined;
  const [first] = parts;
  const runs = parts.flatMap((part) => (part === 'start' || part === 'other' ? [] : part));
  return { isAtStart: first === 'start', runs: runs.filter(({ max }) => max > 0) };
}

type RowPart = Run | 'start' | 'other';

function flat(node: PatternNode): readonly RowPart[] | undefined {
  switch (node.kind) {
    case 'set':
      return [{ set: node.set, min: 1, max: 1 }];
    case 'assertion':
      return [node.at === 'start' ? 'start' : 'other'];
    case 'sequence': {
      const parts = node.parts.map(flat);
      return parts.some((part) => part === undefined) ? undefined : parts.flatMap((p) => p ?? []);
    }
    case 'group':
      return node.ignoresCase === undefined ? flat(node.body) : undefined;
    case 'repeat':
      return node.body.kind === 'set'
        ? [{ set: node.body.set, min: node.min, max: node.max }]
        : undefined;
    case 'choice':
      return undefined;
  }
}

function areRunsForced({ runs }: Row): boolean {
  return runs.every((run, i) => {
    if (!isVariable(run)) return true;
    for (const next of runs.slice(i + 1)) {
      if (!areDisjoint(run.set, next.set)) return false;
      if (next.min > 0) return true;
    }
    return true;
  });
}

function isCoveredByFew({ isAtStart, runs }: Row): boolean {
  const variable = runs.filter(isVariable);
  const fixed = runs.filter((run) => !isVariable(run)).reduce((sum, { min }) => sum + min, 0);
  if (fixed + runs.length > STEPS_MAX) return false;
  if (isAtStart) return true;
  const before = runs.slice(0, runs.findIndex(isVariable));
  return before.some(({ set }) => variable.every((run) => areDisjoint(set, run.set)));
}

function isVariable({ min, max }: Run): boolean {
  return min !== max;
}
