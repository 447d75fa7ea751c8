import type { Clock } from '../../../core/index.ts';
import {
  BodyCut,
  BodyPace,
  editHeaders,
  type HeaderField,
  type RequestPlan,
} from '../../../toxics/index.ts';
import { answerFraming, hasNoBody } from './body-framing.ts';
import type { Exchange } from './exchange.ts';
import { formatHead, parseStatus, type MessageHead } from './message-head.ts';
import { MessageReader, type Piece } from './message-reader.ts';

/** What becomes of answers outside this side. */
export interface AnswersOut {
  /** The request whose answer comes next; undefined where none is awaited. */
  awaited(): Exchange | undefined;
  /** Returns whether the client takes more at once. */
  send(bytes: Uint8Array): boolean;
  /** The answer that was awaited is whole. */
  answered(): void;
  /** From here on bytes are passed on both ways as they come. */
  becomeTunnel(): void;
  /** The answer is cut off: the client gets the end. */
  cutOff(): void;
  /** The answer under way is held until a toxic leaves. */
  stalled(): void;
  /** The upstream ended, and all that it sent has been passed on. */
  ended(): void;
  /** Whether the upstream is to be read may have changed. */
  regulate(): void;
}

const LINE_END = Buffer.from('\r\n', 'latin1');

/**
 * Answers from the upstream to the client, each as it came or as its request's plan says. What
 * cannot be read as an answer is passed on as it is, and all behind it: so it would be without a
 * proxy.
 */
export class AnswerSide {
  readonly #out: AnswersOut;
  readonly #clock: Clock;
  readonly #reader = new MessageReader('answer');
  /** Of the answer under way. */
  #plan: RequestPlan | undefined;
  #cut: BodyCut | undefined;
  /** The rest of a body that replaces the upstream's. */
  #ownBody: Uint8Array | undefined;
  #pace: BodyPace | undefined;
  /** What of the body was read and does not go while it is stalled. */
  #stalled: Uint8Array | undefined;
  #isInterim = false;
  #isFull = false;
  #hasEnded = false;
  #isOver = false;
  #isPumping = false;

  constructor(out: AnswersOut, clock: Clock) {
    this.#out = out;
    this.#clock = clock;
  }

  /** Whether it can be given more now. */
  get takesMore(): boolean {
    return this.#isOver || !(this.#isFull || this.#pace?.isWaiting || this.isStalled);
  }

  /** Whether a body is held that goes on when a toxic leaves. */
  get isStalled(): boolean {
    return this.#stalled !== undefined;
  }

  /** Whether something of a final answer was sent that is not whole. */
  get isWithin(): boolean {
    return this.#plan !== undefined;
  }

  receive(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#reader.push(bytes);
    this.pump();
  }

  receiveEnd(): void {
    this.#hasEnded = true;
    this.pump();
  }

  /** The client takes more. */
  goOn(): void {
    this.#isFull = false;
    this.pump();
  }

  /** From here on bytes are passed on as they come. */
  becomeRaw(): void {
    this.#reader.becomeRaw();
    this.#forget();
  }

  /** Nothing is passed on any more. */
  stop(): void {
    this.#isOver = true;
    this.#forget();
  }

  /** Passes on as much as can be. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (!this.#isOver && this.takesMore) {
      if (this.#ownBody && this.#ownBody.length > 0) {
        this.#body(this.#ownSlice(this.#ownBody));
        continue;
      }
      const piece = this.#reader.next(this.#pace?.sliceBytes);
      if (!piece) break;
      this.#handle(piece);
    }
    this.#isPumping = false;
    if (this.#hasEnded && !this.#isOver && this.takesMore) this.#end();
    this.#out.regulate();
  }

  /** The rest never becomes an answer: it passes unchanged, unless a body of ours replaces it. */
  #end(): void {
    if (this.#reader.unreadBytes > 0 && !this.#ownBody) {
      this.#out.becomeTunnel();
      return this.pump();
    }
    this.#hasEnded = false;
    return this.#out.ended();
  }

  #handle(piece: Piece): void {
    switch (piece.type) {
      case 'head':
        return this.#begin(piece.head);
      case 'data':
        if (!this.#ownBody) this.#body(piece.bytes);
        return;
      case 'frame':
        if (!this.#ownBody) this.#send(piece.bytes);
        return;
      case 'trailers':
        if (!this.#ownBody) this.#send(this.#plan?.dropTrailers ? LINE_END : piece.bytes);
        return;
      case 'end':
        if (this.#isInterim) return;
        this.#forget();
        return this.#out.answered();
      case 'malformed':
        return this.#out.becomeTunnel();
    }
  }

  #begin(head: MessageHead): void {
    const exchange = this.#out.awaited();
    const status = parseStatus(head.startLine);
    const isTunnel =
      exchange?.wantsTunnel === true && (status === 101 || opens(exchange.method, status));
    const framing =
      exchange && status !== undefined && answerFraming(head.fields, status, exchange.method);
    if (isTunnel || !framing || status === 101) {
      this.#out.becomeTunnel();
      return this.#send(head.bytes);
    }
    this.#reader.body(framing);
    this.#isInterim = status < 200;
    if (this.#isInterim) return this.#send(head.bytes);
    return this.#answer(head, exchange.plan, hasNoBody(status, exchange.method));
  }

  #answer(head: MessageHead, plan: RequestPlan, isBodiless: boolean): void {
    this.#plan = plan;
    this.#pace = plan.bodyRates && new BodyPace(plan.bodyRates, this.#clock, () => this.#paceOn());
    const cut = new BodyCut(plan);
    this.#cut = cut;
    const own = isBodiless ? undefined : plan.replaceBody;
    this.#ownBody = own === undefined ? undefined : Buffer.from(own, 'utf8');
    const fields = fieldsToSend(head.fields, plan, this.#ownBody?.length);
    this.#send(fields === head.fields ? head.bytes : formatHead(head.startLine, fields));
    if (cut.cutsAtOnce) this.#out.cutOff();
  }

  #ownSlice(body: Uint8Array): Uint8Array {
    const length = Math.min(body.length, this.#pace?.sliceBytes ?? Infinity);
    this.#ownBody = body.subarray(length);
    return body.subarray(0, length);
  }

  #body(data: Uint8Array): void {
    if (this.#pace?.isStalled) {
      this.#stalled = data;
      return this.#out.stalled();
    }
    const { bytes, isCut } = this.#cut?.take(data) ?? { bytes: data, isCut: false };
    this.#send(bytes);
    if (isCut) return this.#out.cutOff();
    return this.#pace?.pay(bytes.length);
  }

  /** A wait is over, or a toxic has left. */
  #paceOn(): void {
    const stalled = this.#stalled;
    this.#stalled = undefined;
    if (stalled) this.#body(stalled);
    this.pump();
  }

  #forget(): void {
    this.#pace?.end();
    this.#pace = undefined;
    this.#stalled = undefined;
    this.#plan = undefined;
    this.#cut = undefined;
    this.#ownBody = undefined;
  }

  #send(bytes: Uint8Array): void {
    if (bytes.length > 0 && !this.#out.send(bytes)) this.#isFull = true;
  }
}

function opens(method: string, status: number | undefined): boolean {
  return method === 'CONNECT' && status !== undefined && status >= 200 && status < 300;
}

function fieldsToSend(
  fields: readonly HeaderField[],
  plan: RequestPlan,
  ownBytes: number | undefined,
): readonly HeaderField[] {
  const edited = plan.responseHeaders ? editHeaders(fields, plan.responseHeaders) : fields;
  if (ownBytes === undefined) return edited;
  const remove = ['transfer-encoding', 'content-encoding', 'trailer'];
  return editHeaders(edited, [{ remove, set: { 'Content-Length': String(ownBytes) }, add: {} }]);
}
