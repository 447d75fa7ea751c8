/** Writes requests to a socket, in order. */
export interface RequestWriter {
  /** Whether it writes past the stream where it can. */
  readonly isDirect: boolean;
  /** Whether it holds on to anything that was written: those bytes must stay as they are. */
  readonly isHolding: boolean;
  /** Whether anything that was written is not known to be with the kernel. */
  readonly isSending: boolean;
  /** Writes a head and what is in one buffer with it, and a body that is not. */
  write(head: Buffer, largeBody: Buffer | undefined): void;
}
