import {
  errorText,
  HarnessError,
  LASTING,
  NS_PER_SEC,
  type Clock,
  type FaultWindow,
  type Timer,
} from '../../core/index.ts';
import type { FaultPort, FaultSpec } from '../../faults/index.ts';
import { AdminClient, type SeenProxy, type SeenToxic } from '../../proxy/index.ts';
import type { Touches } from '../../toxics/index.ts';

/** How often it is looked at which toxics are on. */
const LOOK_EVERY_NS = NS_PER_SEC / 2;
/** Answers that are asked for at once, one after another: 100,000 touches. */
const ANSWERS_MAX = 10;
/** Says that windows are all that is known of whom a fault touched. */
const BY_TIME: Readonly<Record<string, string>> = { marks: 'by time' };

export interface WatchOptions {
  /** `http://host:port` of an admin API. */
  readonly url: URL;
  /** Touched requests of other traces are not asked for. */
  readonly runId: string;
  /** A note for the user. */
  readonly note: (text: string) => void;
}

/**
 * The proxies of another process while a run lasts: which toxics were on when, as windows of faults
 * named `PROXY/TOXIC`, and, where callgauge is the other side, whom they touched. It is looked at
 * twice a second: a window is up to that much longer than its toxic was on, on either side.
 */
export class WatchedProxies {
  readonly #client: AdminClient;
  readonly #options: WatchOptions;
  /** Where to go on with touches; undefined where the other side does not tell. */
  #cursor: string | undefined;
  #proxies: readonly SeenProxy[];
  #clock: Clock | undefined;
  #timer: Timer | undefined;
  #looking: Promise<void> = Promise.resolve();
  #lookedNs = 0;
  /** By the fault's name. */
  readonly #open = new Map<string, FaultWindow>();
  readonly #closed: FaultWindow[] = [];
  readonly #specs = new Map<string, FaultSpec>();
  #specList: readonly FaultSpec[] = [];
  #windows: readonly FaultWindow[] = [];
  #ports: readonly FaultPort[] = [];
  #isSilent = false;
  #isOver = false;

  private constructor(options: WatchOptions, proxies: readonly SeenProxy[], cursor?: string) {
    this.#options = options;
    this.#client = new AdminClient(options.url);
    this.#proxies = proxies;
    this.#cursor = cursor;
  }

  /** @throws PROXIES_UNREACHABLE */
  static async start(options: WatchOptions): Promise<WatchedProxies> {
    const client = new AdminClient(options.url);
    const proxies = await client.proxies();
    const touches = await client.touches(options.runId);
    const marks =
      touches === undefined
        ? 'they do not tell whom toxics touch: calls have callgauge.fault.active alone, by time'
        : 'calls are marked by what touched them';
    options.note(`watching the proxies at ${options.url.origin}: ${marks}`);
    return new WatchedProxies(options, proxies, touches?.cursor);
  }

  /** The windows so far, by their beginnings; one that is open ends at Infinity. */
  get windows(): readonly FaultWindow[] {
    return this.#windows;
  }

  /** Where calls of this machine meet them. */
  get ports(): readonly FaultPort[] {
    return this.#ports;
  }

  /** The toxics that were seen, as faults. */
  get specs(): readonly FaultSpec[] {
    return this.#specList;
  }

  /** Begins to note windows, on the clock of the run. What is on already is on from its start. */
  begin(clock: Clock): void {
    this.#clock = clock;
    this.#note(this.#proxies, 0);
    this.#schedule();
  }

  /**
   * Looks once more and closes what is open. What was on from the start to the end is a condition
   * of the whole run, as a fault without `during` is.
   */
  async stop(): Promise<void> {
    if (this.#isOver || this.#clock === undefined) return;
    this.#isOver = true;
    this.#timer?.cancel();
    await this.#looking;
    await this.#look();
    const toNs = this.#clock.nowNs();
    for (const window of this.#open.values()) {
      const lasting = window.fromNs === 0 ? LASTING : {};
      this.#closed.push({ ...window, attributes: { ...window.attributes, ...lasting }, toNs });
    }
    this.#open.clear();
    this.#order();
  }

  /** Returns whom toxics touched since the last time. */
  async takeTouches(): Promise<Touches> {
    const all: Touches[] = [];
    for (let answer = 0; answer < ANSWERS_MAX && this.#cursor !== undefined; answer++) {
      const told = await this.#asked(() => this.#client.touches(this.#options.runId, this.#cursor));
      if (told === undefined) break;
      this.#cursor = told.cursor;
      all.push(told);
      if (!told.hasMore) break;
    }
    const named = <T extends { proxy: string; toxic: string }>(touch: T): T => ({
      ...touch,
      proxy: this.#placeOf(touch.proxy),
      toxic: faultName(touch.proxy, touch.toxic),
    });
    return {
      requests: all.flatMap(({ requests }) => requests.map((one) => named(one))),
      connections: all.flatMap(({ connections }) => connections.map((one) => named(one))),
      lost: all.reduce((sum, { lost }) => sum + lost, 0),
    };
  }

  #schedule(): void {
    if (this.#isOver) return;
    this.#timer = this.#clock?.after(LOOK_EVERY_NS, () => {
      this.#looking = this.#look().then(() => this.#schedule());
    });
  }

  async #look(): Promise<void> {
    const proxies = await this.#asked(() => this.#client.proxies());
    const nowNs = this.#clock?.nowNs() ?? 0;
    // Of a time without an answer nothing is known: what was on stays on.
    if (proxies !== undefined) this.#note(proxies, nowNs);
  }

  /** What is new came on after the last look; what is gone was on until this one at most. */
  #note(proxies: readonly SeenProxy[], nowNs: number): void {
    const seen = new Set<string>();
    for (const proxy of proxies) {
      for (const toxic of proxy.toxics) {
        const name = faultName(proxy.name, toxic.name);
        seen.add(name);
        if (!this.#open.has(name)) this.#openWindow(name, proxy.name, toxic);
      }
    }
    for (const [name, window] of this.#open) {
      if (seen.has(name)) continue;
      this.#open.delete(name);
      this.#closed.push({ ...window, toNs: nowNs });
    }
    this.#lookedNs = nowNs;
    this.#order();
    this.#ports = proxies.flatMap(({ name, listen }) => {
      const port = Number(/:(\d+)$/u.exec(listen)?.[1]);
      return port > 0 ? [{ port, placeKind: 'proxy' as const, place: this.#placeOf(name) }] : [];
    });
  }

  #openWindow(name: string, proxy: string, { type, toxic, attributes }: SeenToxic): void {
    const place = this.#placeOf(proxy);
    const marks = this.#cursor === undefined ? BY_TIME : {};
    this.#open.set(name, {
      fault: name,
      ...{ placeKind: 'proxy', place, effect: type },
      attributes: { ...attributes, ...marks },
      ...{ fromNs: this.#lookedNs, toNs: Infinity },
    });
    if (toxic === undefined) return;
    this.#specs.set(name, { name, proxy: place, toxic });
    this.#specList = [...this.#specs.values()];
  }

  #order(): void {
    const all = [...this.#closed, ...this.#open.values()];
    this.#windows = all.sort((a, b) => a.fromNs - b.fromNs);
  }

  /** A proxy of the run may have the same name. */
  #placeOf(proxy: string): string {
    return `${proxy}@${this.#options.url.host}`;
  }

  /** Returns the answer; undefined where there is none, which is told once. */
  async #asked<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await ask();
      this.#isSilent = false;
      return answer;
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      if (!this.#isSilent) this.#options.note(errorText(error));
      this.#isSilent = true;
      return undefined;
    }
  }
}

/** Names stand in a list with commas between them. */
function faultName(proxy: string, toxic: string): string {
  return `${proxy}/${toxic}`.replaceAll(',', ';');
}
