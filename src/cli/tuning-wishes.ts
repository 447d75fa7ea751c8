import { HarnessError, type Ns } from '../core/index.ts';
import type { TuningWishes } from '../run/stored/index.ts';
import { durationOf } from './time-options.ts';
import type { TuneOptions } from './tune-options.ts';

/** @throws USAGE_INVALID for a deadline that is none */
export function wishesOf(options: TuneOptions): TuningWishes {
  const { idempotent, caller, callee } = options;
  const deadlineNs = deadlineOf(options);
  return {
    idempotent,
    ...(deadlineNs !== undefined && { deadlineNs }),
    ...(caller !== undefined && { caller }),
    ...(callee !== undefined && { callee }),
  };
}

function deadlineOf({ deadline }: TuneOptions): Ns | undefined {
  if (deadline === undefined) return undefined;
  const ns = Number(durationOf(deadline, '--deadline'));
  if (ns > 0) return ns;
  throw new HarnessError('USAGE_INVALID', `--deadline must be > 0, got ${deadline}`, {
    hint: 'Write --deadline 2s, say, or leave it out.',
  });
}
