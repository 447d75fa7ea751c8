import type { Trigger } from './toxic.ts';

/**
 * Returns whether a trigger means the nth that reaches a toxic, counted from 1; true of every one
 * without a trigger. Its window is not asked here: outside it nothing is counted.
 */
export function meansNth(trigger: Trigger | undefined, nth: number): boolean {
  if (trigger === undefined) return true;
  const place = nth - (trigger.after ?? 0);
  return place >= 1 && place <= (trigger.first ?? Infinity) && place % (trigger.every ?? 1) === 0;
}
