/** Why a text is no threshold, and at which of its characters. */
export interface ThresholdProblem {
  readonly character: number;
  readonly message: string;
  readonly hint: string;
}

/** Ends the reading of a threshold; parseThreshold alone catches it. */
export class Misread extends Error {
  readonly problem: ThresholdProblem;

  constructor(problem: ThresholdProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

export class Scanner {
  readonly text: string;
  /** The next character to be read. */
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Moves past white space and returns where that ends. */
  skipSpace(): number {
    this.take(/\s*/uy);
    return this.at;
  }

  /** Moves past the mark if it comes next, and returns whether it did. */
  skip(mark: string): boolean {
    const found = this.text.startsWith(mark, this.at);
    if (found) this.at += mark.length;
    return found;
  }

  /** Returns whether what comes next is of the (sticky) pattern. */
  is(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    return pattern.test(this.text);
  }

  /** Moves past what the (sticky) pattern matches here and returns it. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  /** Returns the text from a position up to the next white space, for a message. */
  word(from: number): string {
    return /^\S*/u.exec(this.text.slice(from))?.[0] ?? '';
  }

  /** @throws Misread */
  fail(character: number, message: string, hint: string): never {
    throw new Misread({ character, message, hint });
  }
}
