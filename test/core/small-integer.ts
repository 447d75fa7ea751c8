import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

setFlagsFromString('--allow-natives-syntax');

/** Returns whether V8 holds a number as a small integer, not as a float. */
export const isSmallInteger = runInThisContext('(value) => %IsSmi(value)') as (
  value: number,
) => boolean;
