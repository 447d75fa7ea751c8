import { expect, it } from 'vitest';
import { tellingLine } from '../../src/report/telling-line.ts';

it.each([
  [
    '/srv/a.js:3\n  throw e\n\nTypeError: no x\n    at f (error.js:3:9)\n\nNode.js v24.21.0',
    'TypeError: no x',
  ],
  [
    'panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n',
    'panic: runtime error: index out of range',
  ],
  [
    'Exception in thread "main" java.lang.OutOfMemoryError: heap\n\tat A.b(A.java:1)\n',
    'Exception in thread "main" java.lang.OutOfMemoryError: heap',
  ],
  ['Traceback:\n  File "a.py"\nKeyError: 7', 'KeyError: 7'],
  ['listening\n  goodbye \n\n', 'goodbye'],
  ['no errors so far\ngoodbye\u001b[0m', 'goodbye·[0m'],
  ['', ''],
])('of %j is %j', (output, line) => {
  expect(tellingLine(output)).toBe(line);
});
