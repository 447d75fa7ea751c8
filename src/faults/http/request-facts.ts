/** What can be known of a request from its head, whatever the version of HTTP it came in. */
export interface RequestFacts {
  /** As it came: methods know upper and lower case apart. */
  readonly method: string;
  /** As it came, without its query: not decoded. `*` for a request to the server as a whole. */
  readonly path: string;
  /** Returns a header by its lower-case name, several of one name joined by `, `; undefined without. */
  header(name: string): string | undefined;
  /** Of its trace context; undefined where it carries none that is valid. */
  readonly traceId: string | undefined;
  /** Returns the decoded value of an entry of its baggage; undefined where there is none. */
  baggage(key: string): string | undefined;
}
