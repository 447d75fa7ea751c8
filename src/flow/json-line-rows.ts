import { errorText, HarnessError } from '../core/index.ts';

/**
 * Returns the rows of a text with one JSON object per line; values keep their types. Empty lines are
 * passed over.
 * @throws SCENARIO_INVALID which names file and line.
 */
export function jsonLineRows(
  text: string,
  file: string,
): readonly Readonly<Record<string, unknown>>[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const row = readLine(line, `${file}:${i + 1}`);
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return [{ ...row }];
    throw refusal(`a row must be a JSON object`, `${file}:${i + 1}`);
  });
}

function readLine(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw refusal(`not valid JSON: ${errorText(error)}`, place);
  }
}

function refusal(message: string, place: string): HarnessError {
  return new HarnessError('SCENARIO_INVALID', `${message} (${place})`, {
    hint: 'Write one object per line, such as {"id": 1, "name": "Ada"}.',
  });
}
