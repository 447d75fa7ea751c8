import type { Answer } from './answer.ts';

/** Characters of a text that a regular expression sees. It bounds what one of linear time takes; not one that backtracks. */
export const PATTERN_CHARACTERS_MAX = 65_536;

/** What stands for the value of a body that is no JSON. */
const NO_JSON = Symbol('no JSON');

/** Reads one answer after another, each body as text and as JSON once at most. */
export class AnswerReader {
  #answer: Answer | undefined;
  #text: string | undefined;
  #json: unknown;
  #hasJson = false;

  /** Begins with another answer. */
  begin(answer: Answer | undefined): void {
    this.#answer = answer;
    this.#text = undefined;
    this.#json = undefined;
    this.#hasJson = false;
  }

  header(lowerCaseName: string): string | undefined {
    return this.#answer?.field(lowerCaseName);
  }

  /** The body as text, read as UTF-8. */
  get text(): string {
    return (this.#text ??= this.#answer?.body.toString('utf8') ?? '');
  }

  /** The body's value; undefined where it is no JSON, for which see {@link jsonFault}. */
  get json(): unknown {
    if (!this.#hasJson) {
      this.#json = parsed(this.text);
      this.#hasJson = true;
    }
    return this.#json === NO_JSON ? undefined : this.#json;
  }

  /** Returns why the body has no JSON value; '' where it has. */
  jsonFault(): string {
    if (this.json !== undefined) return '';
    return this.#answer?.isCut === true
      ? 'the body is too long to be read whole'
      : 'the body is no JSON';
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What the target sends is data: that it is no JSON is an outcome of the call.
    return NO_JSON;
  }
}
