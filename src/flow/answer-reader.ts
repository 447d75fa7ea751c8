import { mayHoldExact, parseExactly } from '../core/index.ts';
import type { Answer } from './answer.ts';
import { bodyText, charsetOf } from './body-text.ts';
import { withoutCodings } from './content-coding.ts';
import { cookieNamed } from './set-cookie.ts';

/** Marks the value of a body that is no JSON. */
const NO_JSON = Symbol('no JSON');

/**
 * Reads one answer after another, each body as text and as JSON once at most. A body of HTTP is
 * decoded by its content-encoding and charset; `isEncoded` is false where it has neither.
 */
export class AnswerReader {
  readonly #isEncoded: boolean;
  #answer: Answer | undefined;
  #text: string | undefined;
  #problem = '';
  #json: unknown;
  #hasJson = false;
  #plain: unknown;

  constructor(isEncoded: boolean) {
    this.#isEncoded = isEncoded;
  }

  /** Begins with another answer. */
  begin(answer: Answer | undefined): void {
    this.#answer = answer;
    this.#text = undefined;
    this.#problem = '';
    this.#json = undefined;
    this.#hasJson = false;
    this.#plain = undefined;
  }

  header(lowerCaseName: string): string | undefined {
    return this.#answer?.field(lowerCaseName);
  }

  /** Returns the value of the cookie that the answer sets last under a name. */
  cookie(name: string): string | undefined {
    return this.#answer === undefined ? undefined : cookieNamed(this.#answer.fields, name);
  }

  /** The body as text; '' where it cannot be read, for which see {@link textProblem}. */
  get text(): string {
    return (this.#text ??= this.#read());
  }

  /** Returns why the body cannot be read as text; '' where it can. */
  textProblem(): string {
    return this.text === '' ? this.#problem : '';
  }

  /**
   * The body's value, its numbers exact; undefined where it is no JSON, for which see
   * {@link jsonProblem}.
   */
  get json(): unknown {
    if (!this.#hasJson) {
      this.#json = parsed(this.text);
      this.#hasJson = true;
    }
    return this.#json === NO_JSON ? undefined : this.#json;
  }

  /** Returns the same with doubles for its numbers, for what knows no others. */
  readonly plainJson = (): unknown => {
    const { json, text } = this;
    if (json === undefined || !mayHoldExact(text)) return json;
    return (this.#plain ??= JSON.parse(text));
  };

  /** Returns why the body has no JSON value; '' where it has. */
  jsonProblem(): string {
    if (this.json !== undefined) return '';
    const problem = this.textProblem();
    if (problem !== '') return problem;
    return this.#answer?.isCut === true ? TOO_LONG : 'the body is no JSON';
  }

  #read(): string {
    const answer = this.#answer;
    if (answer === undefined) return '';
    if (!this.#isEncoded) return answer.body.toString('utf8');
    const codings = answer.field('content-encoding');
    const bytes = withoutCodings(answer.body, codings);
    if (typeof bytes === 'string') {
      this.#problem = answer.isCut ? TOO_LONG : bytes;
      return '';
    }
    const contentType = answer.field('content-type');
    const text = bodyText(bytes, contentType);
    if (text === undefined) this.#problem = `the charset ${shownCharset(contentType)} is not known`;
    return text ?? '';
  }
}

const TOO_LONG = 'the body is too long to be read whole';

function parsed(text: string): unknown {
  try {
    return parseExactly(text);
  } catch {
    // What the target sends is data: that it is no JSON is an outcome of the call.
    return NO_JSON;
  }
}

function shownCharset(contentType: string | undefined): string {
  const label = charsetOf(contentType) ?? '';
  return /^[\w.:-]{1,30}$/u.test(label) ? label : 'of the answer';
}
