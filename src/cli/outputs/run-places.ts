import { judgedPositions } from '../../scenario/judged-positions.ts';
import type { RunPlaces } from '../../report/criteria/run-criteria.ts';

/** Returns where a scenario's file says what its run is judged by. */
export function runPlaces(source: { readonly file: string; readonly text: string }): RunPlaces {
  const { thresholds, objectives } = judgedPositions(source.text);
  const { file } = source;
  return {
    thresholds: thresholds.map((position) => ({ file, ...position })),
    objectives: objectives.map((position) => ({ file, ...position })),
  };
}
