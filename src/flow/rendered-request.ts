/** What one call sends where its step's texts hold references: filled in, ready to be framed. */
export interface RenderedRequest {
  /** As it goes on the wire, percent-encoded; without the path of the target's url. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** '' for none. */
  readonly body: string;
  /** The body where it is no text, in place of `body`. */
  readonly bytes?: Uint8Array;
  /**
   * In place of the step's: one that was recorded, or of a request that an answer has sent on. Its
   * headers are all there.
   */
  readonly method?: string;
}
