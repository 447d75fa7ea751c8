/** The options of `init`, as they were typed. */
export interface InitOptions {
  readonly out: string;
  readonly force?: true;
  readonly url?: string;
  readonly openapi?: true;
  readonly tag: readonly string[];
  readonly path: readonly string[];
  readonly method: readonly string[];
  readonly limit: string;
  readonly rate: string;
  readonly measure: boolean;
  readonly ci?: string;
  readonly json?: true;
}
