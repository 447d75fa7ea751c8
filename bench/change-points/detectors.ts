import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findChangePoints } from '../../src/compare/index.ts';
import { outputOf } from '../child-process.ts';

/** What one detector found in many series. */
export interface Found {
  readonly indexes: readonly (readonly number[])[];
  /** Processor time of this thread over all series. */
  readonly cpuMs: number;
}

export interface Detector {
  readonly name: string;
  readonly find: (series: readonly (readonly number[])[]) => Promise<Found>;
}

export const callgauge: Detector = {
  name: 'callgauge',
  find: (series) => {
    const before = process.cpuUsage();
    const indexes = series.map((values) => findChangePoints(values).map(({ index }) => index));
    const { user, system } = process.cpuUsage(before);
    return Promise.resolve({ indexes, cpuMs: (user + system) / 1000 });
  },
};

const PYTHON = process.env['CALLGAUGE_OTAVA_PYTHON'] ?? 'python3';
const BOUND_SEC = 400;

/** Imports and reading the file are not in its time. */
const SCRIPT = `
import json, sys, time
from otava.analysis import compute_change_points
series = [[float(v) for v in values] for values in json.load(open(sys.argv[1]))]
compute_change_points(list(series[0]))
begin = time.process_time()
found = [[int(p.index) for p in compute_change_points(values)[0]] for values in series]
spent = time.process_time() - begin
json.dump({'indexes': found, 'cpuMs': spent * 1000}, open(sys.argv[2], 'w'))
`;

/**
 * Returns Apache Otava with its own defaults (window 50, p 0.001), or why there is none: a Python
 * that has the package `apache-otava`.
 */
export async function otava(scratch: string): Promise<Detector | string> {
  const version = "from importlib.metadata import version; print(version('apache-otava'))";
  let installed: string;
  try {
    installed = await outputOf([PYTHON, '-c', version], { boundSec: 30 });
  } catch {
    return `no apache-otava: ${PYTHON} does not have it (CALLGAUGE_OTAVA_PYTHON names another)`;
  }
  return {
    name: `apache-otava ${installed.trim()}`,
    find: async (series) => {
      const [given, answered] = [join(scratch, 'series.json'), join(scratch, 'found.json')];
      writeFileSync(given, JSON.stringify(series));
      await outputOf([PYTHON, '-c', SCRIPT, given, answered], { boundSec: BOUND_SEC });
      return JSON.parse(readFileSync(answered, 'utf8')) as Found;
    },
  };
}
