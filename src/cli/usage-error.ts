/** The only line of its own that Commander adds to what it says of an argument. */
const SUGGESTION = '(Did you mean ';

/**
 * Returns Commander's message about an argument with the argument on one line: an end of line in it
 * could else begin one that a CI system takes for a command.
 */
export function usageErrorText(message: string): string {
  const [first = '', ...others] = message.trimEnd().split('\n');
  return others.reduce(
    (text, line) => `${text}${line.startsWith(SUGGESTION) ? '\n' : '·'}${line}`,
    first,
  );
}
