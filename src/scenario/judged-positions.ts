import type { Position } from './problem.ts';
import { readYaml } from './yaml-source.ts';

/** Where a scenario's text says what a run is judged by, each in the text's order. */
export interface JudgedPositions {
  readonly thresholds: readonly Position[];
  /** Of a capacity search. */
  readonly objectives: readonly Position[];
}

/** Returns the place of each threshold and each objective; none of a text that is no scenario. */
export function judgedPositions(text: string): JudgedPositions {
  const yaml = readYaml(text);
  const { value } = yaml;
  const placesIn = (list: unknown, path: readonly (string | number)[]): readonly Position[] =>
    itemsOf(list).map((_item, i) => yaml.positionOf([...path, i], 'value'));
  return {
    thresholds: placesIn(field(value, 'thresholds'), ['thresholds']),
    objectives: itemsOf(field(value, 'load')).flatMap((phase, i) => {
      const objective = field(field(phase, 'capacity'), 'objective');
      const path = ['load', i, 'capacity', 'objective'];
      if (typeof objective === 'string') return [yaml.positionOf(path, 'value')];
      return placesIn(objective, path);
    }),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
