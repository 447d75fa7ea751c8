import { describe, expect, it } from 'vitest';

import { processLimits, requireLimits } from '../../src/core/index.ts';

const TOLD = `Limit                     Soft Limit           Hard Limit           Units
Max address space         2147483648           unlimited            bytes
Max processes             1                    2                    processes
Max open files            1024                 4096                 files
`;

describe('the limits of a process', () => {
  it('are the soft ones', () => {
    expect(processLimits(() => TOLD)).toEqual({ openFiles: 1_024, addressSpaceBytes: 2 ** 31 });
    const { openFiles } = processLimits(() => TOLD.replace('1024', 'unlimited'));
    expect(openFiles).toBe(Infinity);
  });

  it('are no bound where the platform does not say', () => {
    const none = { openFiles: Infinity, addressSpaceBytes: Infinity };
    const missing = (): string => {
      throw new Error('ENOENT');
    };
    expect([processLimits(missing), processLimits(() => '')]).toEqual([none, none]);
  });

  it('that are too low are an error which names both numbers and the remedy', () => {
    const least = { openFiles: 2_000, addressSpaceBytes: 2 ** 30 };
    expect(() =>
      requireLimits(
        'run',
        least,
        processLimits(() => TOLD),
      ),
    ).toThrow(
      expect.objectContaining({
        code: 'SYSTEM_LIMIT',
        message: 'run needs 2000 open files at least, and the limit here is 1024',
        hint: expect.stringContaining('ulimit -n') as string,
      }),
    );
    const roomy = { openFiles: 100, addressSpaceBytes: 12 * 2 ** 30 };
    expect(() =>
      requireLimits(
        'run',
        roomy,
        processLimits(() => TOLD),
      ),
    ).toThrow('run needs an address space of 12 GiB at least, and the limit here is 2 GiB');
  });

  it('that suffice are none', () => {
    requireLimits(
      'run',
      { openFiles: 1_024, addressSpaceBytes: 2 ** 31 },
      processLimits(() => TOLD),
    );
  });
});
