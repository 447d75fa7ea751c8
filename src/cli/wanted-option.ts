import { HarnessError } from '../core/index.ts';

/**
 * Returns what a parser reads of an option.
 * @throws USAGE_INVALID where it reads nothing
 */
export function wantedOption(
  parse: (text: string) => number | undefined,
  text: string,
  option: string,
  example: string,
): number {
  const value = parse(text);
  if (value !== undefined) return value;
  throw new HarnessError('USAGE_INVALID', `${option} must be like ${example}, got ${text}`, {
    hint: `Write ${option} ${example}, say.`,
  });
}
