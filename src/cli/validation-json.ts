import { type HarnessError, pathText } from '../core/index.ts';

/** Raised where a field changes its meaning or goes away. */
const VALIDATION_VERSION = 1;

/** Returns what `validate --json` prints of a valid file; docs/reference/validate-json.md. */
export function validJson(summary: object): string {
  return JSON.stringify({ version: VALIDATION_VERSION, valid: true, ...summary }, null, 2);
}

/**
 * Returns what it prints of one that is not: every problem with its place, `null` where an error
 * has none, as of a file that cannot be read.
 */
export function problemsJson(file: string, error: HarnessError): string {
  const problems = error.problems.map(({ position, path, message, hint, ...of }) => ({
    file: of.file,
    line: position.line,
    column: position.column,
    path: pathText(path),
    what: message,
    fix: hint,
  }));
  const whole = {
    ...{ file, line: null, column: null, path: '' },
    what: error.message,
    fix: error.hint,
  };
  return JSON.stringify(
    {
      version: VALIDATION_VERSION,
      valid: false,
      file,
      code: error.code,
      problems: problems.length === 0 ? [whole] : problems,
    },
    null,
    2,
  );
}
