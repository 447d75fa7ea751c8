import { epochNowMs, nsFromMs, type Ms, type ServiceEnd } from '../core/index.ts';
import type { ServiceExit } from '../processes/index.ts';

/** So much of what a service wrote last is stored: a stack with its message. */
const LINES_MAX = 30;
const CHARACTERS_MAX = 4_096;

/** The services of a run that ended though nobody asked them to, from when the run starts them. */
export class ServiceEnds {
  readonly #exits: { readonly exit: ServiceExit; readonly atEpochMs: Ms }[] = [];

  /** Takes one that ends now. */
  add(exit: ServiceExit, atEpochMs: Ms = epochNowMs()): void {
    this.#exits.push({ exit, atEpochMs });
  }

  get count(): number {
    return this.#exits.length;
  }

  /** Returns them on the clock of the run, which began at `startedEpochMs`. */
  since(startedEpochMs: Ms): readonly ServiceEnd[] {
    return this.#exits.map(({ exit, atEpochMs }) => ({
      service: exit.name,
      code: exit.code,
      signal: exit.signal,
      atNs: Math.max(0, Math.round(nsFromMs(atEpochMs - startedEpochMs))),
      lastOutput: exit.lastOutput
        .split(/\r?\n/u)
        .slice(-LINES_MAX)
        .join('\n')
        .slice(-CHARACTERS_MAX),
    }));
  }
}
