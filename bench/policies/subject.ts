/** Something of which it is measured what one call of it costs. */
export interface Subject {
  readonly name: string;
  /** What it is compared with: the first of a group is what the others' ratios are to. */
  readonly group: string;
  /** Makes so many calls, one after another. Returns how many went well, so that none is moot. */
  run(calls: number): number | Promise<number>;
}

/** Between two calls: 100,000 in a second, so that windows pass as they do under load. */
export const STEP_NS = 10_000;
