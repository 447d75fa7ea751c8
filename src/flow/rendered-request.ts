/** What one call sends where its step's texts hold references: filled in, ready to be framed. */
export interface RenderedRequest {
  /** As it goes on the wire, percent-encoded; without the path of the target's url. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** '' for none. */
  readonly body: string;
}
