import { editHeaders, type HeaderField, type RequestPlan } from '../../../toxics/index.ts';
import type { Clock, Timer } from '../../../core/index.ts';
import { abortAnswer, type LocalAnswer } from '../local-answer.ts';
import { formatAnswer } from './body-framing.ts';
import type { ChooseFaults } from '../request-chooser.ts';
import { factsOf } from '../request-facts.ts';
import { requestFraming } from './body-framing.ts';
import type { Exchange } from './exchange.ts';
import {
  formatHead,
  listOf,
  parseRequestLine,
  type MessageHead,
  type RequestLine,
} from './message-head.ts';
import { MessageReader, type Piece } from './message-reader.ts';

/** What becomes of requests outside this side. */
export interface RequestsOut {
  /** Whether the upstream takes more at once, and not too many answers are awaited. */
  takesMore(): boolean;
  /** Answers that are awaited. */
  awaited(): number;
  /** Whether one answer is awaited, and nothing of it was sent yet. */
  canAnswerInstead(): boolean;
  /** A request begins to go to the upstream. */
  begin(exchange: Exchange): void;
  forward(bytes: Uint8Array): void;
  forwardEnd(): void;
  /** Sends an answer that was made here; all before it are answered. */
  answer(bytes: Uint8Array): void;
  /** Nothing goes either way any more: the client gets the end, or a reset. */
  finish(): void;
  reset(): void;
  /** The bytes are no request; they are refused with an answer if possible. */
  refused(): void;
}

/** A request whose body is being read. */
interface Current {
  readonly line: RequestLine;
  readonly head: MessageHead;
  readonly plan: RequestPlan;
  /** Where it goes to the upstream; elsewhere what is left of it is swallowed. */
  readonly exchange: Exchange | undefined;
}

const BAD_REQUEST: LocalAnswer = { status: 400, fields: [], body: '' };
const TOO_LARGE: LocalAnswer = { status: 431, fields: [], body: '' };
const NO_PLAN: RequestPlan = {};

/**
 * Requests, one after the other, from the client to the upstream or to an answer made here:
 *
 *     client ─► head ─► choose ─► delay ─┬─► upstream: head, body as they came
 *                                        └─► abort: once all before are answered, body swallowed
 *
 * While one is held, nothing behind it is read: requests of a connection stay in their order.
 */
export class RequestSide {
  readonly #out: RequestsOut;
  readonly #choose: ChooseFaults;
  readonly #clock: Clock;
  readonly #reader = new MessageReader('request');
  #current: Current | undefined;
  /** Held requests go on by a timer, or when what they wait for has come. */
  #timer: Timer | undefined;
  #goOn: (() => void) | undefined;
  #taken: (() => void) | undefined;
  #clientEnded = false;
  #isRefused = false;
  #isOver = false;
  #isPumping = false;

  constructor(out: RequestsOut, choose: ChooseFaults, clock: Clock) {
    this.#out = out;
    this.#choose = choose;
    this.#clock = clock;
  }

  /** Whether a request is under way that the upstream knows nothing of. */
  get holdsRequest(): boolean {
    return this.#current !== undefined && this.#current.exchange === undefined;
  }

  /** Whether the last request waits for earlier answers. */
  get waitsForAnswers(): boolean {
    return this.#goOn !== undefined;
  }

  receive(bytes: Uint8Array, taken: () => void): void {
    if (this.#readsNoMore()) return taken();
    this.#reader.push(bytes);
    this.#taken = taken;
    return this.pump();
  }

  receiveEnd(): void {
    this.#clientEnded = true;
    this.#passEndEarly();
    this.pump();
  }

  /** Reads on as far as can be. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (!this.#isHalted()) {
      const piece = this.#reader.next();
      if (piece) this.#handle(piece);
      else if (this.#drained()) break;
    }
    this.#isPumping = false;
    if (this.#readsNoMore()) this.#take();
  }

  /** All that was forwarded is answered: what waited for that goes on. */
  allAnswered(): void {
    const goOn = this.#goOn;
    this.#goOn = undefined;
    goOn?.();
    this.pump();
  }

  /** From here on bytes are passed on as they come. */
  becomeTunnel(): void {
    this.#reader.becomeRaw();
    this.#current = undefined;
    this.allAnswered();
  }

  /** Nothing is read any more; what still comes is thrown away. */
  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#goOn = undefined;
    if (!this.#isPumping) this.#take();
  }

  #readsNoMore(): boolean {
    return this.#isOver || this.#isRefused;
  }

  #isHalted(): boolean {
    const isHeld = this.#timer !== undefined || this.#goOn !== undefined;
    return this.#readsNoMore() || isHeld || !this.#out.takesMore();
  }

  /** All that came is read. Returns whether to wait for more; false where it came at once. */
  #drained(): boolean {
    if (!this.#clientEnded) {
      const taken = this.#taken;
      if (!taken) return true;
      this.#taken = undefined;
      taken();
      // More may have come at once, or the end.
      return this.#reader.unreadBytes === 0 && !this.#clientEnded;
    }
    if (!this.#current && this.#reader.isWithin && !this.#reader.endsWithConnection) {
      this.#refuse(BAD_REQUEST);
    } else {
      this.#clientEnded = false;
      // In the middle of a request that was answered here the upstream has nothing to say.
      if (this.holdsRequest) this.#out.finish();
      else this.#out.forwardEnd();
    }
    return true;
  }

  /**
   * While answers are awaited the upstream hears of the client's end, where no request comes
   * behind.
   */
  #passEndEarly(): void {
    const isLast = this.#isRefused || this.#reader.unreadBytes === 0;
    if (!this.#clientEnded || !this.waitsForAnswers || !isLast) return;
    this.#clientEnded = false;
    this.#out.forwardEnd();
  }

  #take(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  #handle(piece: Piece): void {
    switch (piece.type) {
      case 'head':
        return this.#begin(piece.head);
      case 'data':
      case 'frame':
      case 'trailers':
        if (!this.holdsRequest) this.#out.forward(piece.bytes);
        return;
      case 'end':
        return this.#end();
      case 'malformed':
        return this.#refuse(piece.isTooLarge ? TOO_LARGE : BAD_REQUEST);
    }
  }

  #begin(head: MessageHead): void {
    const line = parseRequestLine(head.startLine);
    const framing = line && requestFraming(head.fields, line.minor);
    if (!line || !framing) return this.#refuse(BAD_REQUEST);
    this.#reader.body(framing);
    const plan = this.#choose(() => factsOf({ ...line, fields: head.fields })) ?? NO_PLAN;
    const current = { line, head, plan, exchange: undefined };
    this.#current = current;
    if (plan.delayNs === undefined || plan.delayNs <= 0) return this.#proceed(current);
    this.#timer = this.#clock.after(plan.delayNs, () => {
      this.#timer = undefined;
      this.#proceed(current);
      this.pump();
    });
  }

  #proceed(current: Current): void {
    if (!current.plan.abort) return this.#forward(current);
    return this.#whenAnswered(() => this.#abort(current));
  }

  #whenAnswered(act: () => void): void {
    if (this.#out.awaited() === 0) act();
    else this.#goOn = act;
  }

  #forward({ line, head, plan }: Current): void {
    const fields = fieldsToSend(head.fields, plan);
    const wantsTunnel = line.method === 'CONNECT' || listOf(fields, 'upgrade').length > 0;
    const exchange = { method: line.method, plan, wantsTunnel };
    this.#current = { line, head, plan, exchange };
    this.#out.begin(exchange);
    this.#out.forward(fields === head.fields ? head.bytes : formatHead(head.startLine, fields));
  }

  /** The body is swallowed as it comes. A client that may keep it back is not waited for. */
  #abort({ line, head, plan }: Current): void {
    const answer = plan.abort && abortAnswer(plan.abort);
    if (!answer) return this.#out.reset();
    const isLast =
      listOf(head.fields, 'expect').length > 0 ||
      listOf(head.fields, 'connection').includes('close') ||
      line.minor === 0;
    this.#out.answer(formatAnswer(answer, line.method, isLast));
    if (isLast) this.#out.finish();
  }

  #end(): void {
    const { exchange } = this.#current ?? {};
    this.#current = undefined;
    if (exchange?.wantsTunnel && this.#out.awaited() > 0) this.#goOn = () => undefined;
  }

  /** Answers what is no request, behind all that were, unless it is answered already. */
  #refuse(answer: LocalAnswer): void {
    this.#out.refused();
    const close = (): void => {
      this.#out.answer(formatAnswer(answer, 'GET', true));
      this.#out.finish();
    };
    if (!this.#current) {
      this.#isRefused = true;
      this.#whenAnswered(close);
      return this.#passEndEarly();
    }
    const isOpen = this.#current.exchange !== undefined && this.#out.canAnswerInstead();
    return isOpen ? close() : this.#out.finish();
  }
}

/** An upgrade to HTTP/2 in the middle of a connection is not offered: the request goes without. */
const H2C_UPGRADE = { remove: ['upgrade', 'http2-settings'], set: {}, add: {} };

function fieldsToSend(fields: readonly HeaderField[], plan: RequestPlan): readonly HeaderField[] {
  const edited = plan.requestHeaders ? editHeaders(fields, plan.requestHeaders) : fields;
  if (!listOf(edited, 'upgrade').includes('h2c')) return edited;
  const kept = listOf(edited, 'connection').filter((name) => !H2C_UPGRADE.remove.includes(name));
  const set: Record<string, string> = kept.length > 0 ? { connection: kept.join(', ') } : {};
  const remove = kept.length > 0 ? H2C_UPGRADE.remove : [...H2C_UPGRADE.remove, 'connection'];
  return editHeaders(edited, [{ ...H2C_UPGRADE, remove, set }]);
}
