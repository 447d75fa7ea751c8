import { errorText, HarnessError, isExactNumber, parseExactly } from '../core/index.ts';

/**
 * Returns the rows of a text with one JSON object per line; values keep their types. Empty lines
 * are passed over.
 * @throws SCENARIO_INVALID which names file and line.
 */
export function jsonLineRows(
  text: string,
  file: string,
): readonly Readonly<Record<string, unknown>>[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const row = readLine(line, `${file}:${i + 1}`);
    const isRow = typeof row === 'object' && row !== null && !Array.isArray(row);
    if (isRow && !isExactNumber(row)) return [{ ...row }];
    throw refusal(`a row must be a JSON object`, `${file}:${i + 1}`);
  });
}

function readLine(line: string, location: string): unknown {
  try {
    return parseExactly(line);
  } catch (error) {
    throw refusal(`not valid JSON: ${errorText(error)}`, location);
  }
}

function refusal(message: string, location: string): HarnessError {
  return new HarnessError('SCENARIO_INVALID', `${message} (${location})`, {
    hint: 'Write one object per line, such as {"id": 1, "name": "Ada"}.',
  });
}
