/** Which requests a toxic works on. All that is said must hold; nothing said means every request. */
export interface RequestMatch {
  /** Upper case, as `GET`. */
  readonly methods?: readonly string[];
  /** A pattern over the path without its query: `*` stands for any run of characters but `/`, `**` for any. */
  readonly path?: string;
  /** Header values by lower-case name: a pattern in which `*` stands for any run of characters. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The trace id of `traceparent`, 32 lower-case hex digits. */
  readonly trace?: string;
  /** Entries of the W3C `baggage` header: a pattern over the decoded value by key. */
  readonly baggage?: Readonly<Record<string, string>>;
}
