/** Where a conversation's output goes: towards the client. */
export interface ClientPort {
  /** Returns whether more may be sent at once; if not, `goOn` of the conversation is called. */
  send(bytes: Uint8Array): boolean;
  /** FIN: nothing more is sent. What was sent before still gets there. */
  end(): void;
  /** Closes both directions at once. */
  close(): void;
  /** Resets the connection. */
  reset(cause: Error): void;
}

/** One client connection's talk with its upstream, in one version of HTTP. */
export interface Conversation {
  /** Takes what came from the client; calls `taken` when it can take more. */
  receive(bytes: Uint8Array, taken: () => void): void;
  /** The client sends nothing more. */
  receiveEnd(): void;
  /** The client can be sent more. */
  goOn(): void;
  /** The connection is gone; `cause` where it was reset, for the upstream to be reset too. */
  destroy(cause: Error | null): void;
}
