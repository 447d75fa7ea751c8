/**
 * Returns the line of a stack trace that says where it was thrown, without blanks around it; ''
 * for none. JavaScript, Java and .NET begin with the message and go on with `at`; Python ends with
 * the innermost frame and the message; Go begins with the goroutine, Ruby and PHP with the frame.
 */
export function thrownAt(stackTrace: string): string {
  const lines = stackTrace
    .split(/\r?\n/u)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const isPython = lines.some((line) => line.startsWith('Traceback (most recent call last)'));
  if (isPython) return lines.findLast((line) => line.startsWith('File "')) ?? '';
  const frame = lines.find((line) => line.startsWith('at '));
  return frame ?? lines.find((line) => !/^goroutine \d+ \[/u.test(line)) ?? '';
}
