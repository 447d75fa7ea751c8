import type { Trigger } from './toxic.ts';

/**
 * Returns whether a trigger means the nth that reaches a toxic, counted from 1; true of every one
 * without a trigger. `after` counts first, `every` those behind it, `first` those that `every` picks. Its window is not asked here: outside it nothing is counted.
 */
export function meansNth(trigger: Trigger | undefined, nth: number): boolean {
  if (trigger === undefined) return true;
  const { after = 0, every = 1, first = Infinity } = trigger;
  const place = (nth - after) / every;
  return Number.isInteger(place) && place >= 1 && place <= first;
}
