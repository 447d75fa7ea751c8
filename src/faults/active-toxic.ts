import { drawAt, hashText, type Clock, type Ratio } from '../core/index.ts';
import type { SettingValues } from './setting.ts';
import type { Toxic } from './toxic.ts';

/** Where and by what chance a toxic works. */
export interface ToxicPlace {
  readonly seed: number;
  readonly proxy: string;
  readonly clock: Clock;
}

/**
 * A toxic on its proxy, one object for all connections and requests there: it knows since when it is
 * on, how far it has ramped, whom it has met, and decides on whom it works.
 */
export class ActiveToxic {
  readonly #place: ToxicPlace;
  #toxic: Toxic;

  constructor(toxic: Toxic, place: ToxicPlace) {
    this.#toxic = toxic;
    this.#place = place;
  }

  /** The toxic as it is told now. */
  get toxic(): Toxic {
    return this.#toxic;
  }

  /** Takes new settings or another toxicity; whom it works on is drawn anew. */
  change(change: { readonly settings?: SettingValues; readonly toxicity?: Ratio }): void {
    this.#toxic = { ...this.#toxic, ...change };
  }

  /** Returns whether it works on a connection, by its number on the proxy, counted from 0. */
  worksOnConnection(connection: number): boolean {
    const { seed, proxy } = this.#place;
    const purpose = hashText(`toxicity/${proxy}/${this.#toxic.name}`);
    return drawAt(seed, purpose, connection) < this.#toxic.toxicity;
  }
}
