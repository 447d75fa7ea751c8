import { NS_PER_SEC, type Clock, type Ns, type Timer } from '../../../core/index.ts';
import { BodyCut, editHeaders, type HeaderField, type RequestPlan } from '../../../faults/index.ts';
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
  /** The upstream ended, and all that it sent has been passed on. */
  ended(): void;
  /** Whether the upstream is to be read may have changed. */
  regulate(): void;
}

const SLICES_PER_SEC = 20;
const LINE_END = Buffer.from('\r\n', 'latin1');

/**
 * Answers from the upstream to the client, each as it came or as its request's plan says. What cannot
 * be read as an answer is passed on as it is, and all behind it: so it would be without a proxy.
 */
export class AnswerSide {
  readonly #out: AnswersOut;
  readonly #clock: Clock;
  readonly #reader = new MessageReader();
  /** Of the answer under way. */
  #plan: RequestPlan | undefined;
  #cut: BodyCut | undefined;
  /** What is left of a body in place of the upstream's. */
  #ownBody: Uint8Array | undefined;
  /** The body is so slow that it never goes. */
  #isStalled = false;
  #isInterim = false;
  #timer: Timer | undefined;
  /** When all that was sent of a slow body is due to have been sent. */
  #paidNs: Ns = 0;
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
    return this.#isOver || !(this.#isFull || this.#timer !== undefined || this.#isStalled);
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
    this.#timer?.cancel();
    this.#timer = undefined;
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
      const piece = this.#reader.next(this.#sliceBytes());
      if (!piece) break;
      this.#handle(piece);
    }
    this.#isPumping = false;
    if (this.#hasEnded && !this.#isOver && this.takesMore) this.#end();
    this.#out.regulate();
  }

  #end(): void {
    this.#hasEnded = false;
    this.#out.ended();
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
    this.#paidNs = this.#clock.nowNs();
    const cut = new BodyCut(plan);
    this.#cut = cut;
    const own = isBodiless ? undefined : plan.replaceBody;
    this.#ownBody = own === undefined ? undefined : Buffer.from(own, 'utf8');
    const fields = fieldsToSend(head.fields, plan, this.#ownBody?.length);
    this.#send(fields === head.fields ? head.bytes : formatHead(head.startLine, fields));
    if (cut.cutsAtOnce) this.#out.cutOff();
  }

  #ownSlice(body: Uint8Array): Uint8Array {
    const length = Math.min(body.length, this.#sliceBytes());
    this.#ownBody = body.subarray(length);
    return body.subarray(0, length);
  }

  #body(data: Uint8Array): void {
    if (this.#plan?.bodyBytesPerSec === 0) {
      this.#isStalled = true;
      return;
    }
    const { bytes, isCut } = this.#cut?.take(data) ?? { bytes: data, isCut: false };
    this.#send(bytes);
    if (isCut) return this.#out.cutOff();
    return this.#pay(bytes.length);
  }

  #forget(): void {
    this.#plan = undefined;
    this.#cut = undefined;
    this.#ownBody = undefined;
  }

  #send(bytes: Uint8Array): void {
    if (bytes.length > 0 && !this.#out.send(bytes)) this.#isFull = true;
  }

  /** Waits as long as these bytes take at the rate: counted from when the body began, not from now. */
  #pay(byteLength: number): void {
    const rate = this.#plan?.bodyBytesPerSec;
    if (rate === undefined || rate <= 0) return;
    const nowNs = this.#clock.nowNs();
    // Bytes that came late do not earn the right to a burst of more than a slice.
    const fromNs = Math.max(this.#paidNs, nowNs - NS_PER_SEC / SLICES_PER_SEC);
    this.#paidNs = fromNs + (byteLength * NS_PER_SEC) / rate;
    if (this.#paidNs <= nowNs) return;
    this.#timer = this.#clock.after(this.#paidNs - nowNs, () => {
      this.#timer = undefined;
      this.pump();
    });
  }

  #sliceBytes(): number {
    const rate = this.#plan?.bodyBytesPerSec;
    return rate === undefined ? Infinity : Math.max(1, Math.floor(rate / SLICES_PER_SEC));
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
