import { describe, expect, it } from 'vitest';
import { thrownAt } from '../../../src/report/terminal/thrown-at.ts';

describe('where an exception was thrown', () => {
  it.each([
    [
      'JavaScript',
      "TypeError: Cannot read properties of undefined (reading 'id')\n    at charge (/app/payment.js:12:7)\n    at run (/app/main.js:1:1)",
      'at charge (/app/payment.js:12:7)',
    ],
    [
      'JavaScript, a message of two lines',
      'Error: first\nsecond\n    at f (a.js:1:1)',
      'at f (a.js:1:1)',
    ],
    [
      'Java, with a cause',
      'a.B: failed\n\tat a.C.d(C.java:5)\n\tat a.Main.main(Main.java:1)\nCaused by: x.Y: why\n\tat x.Z.w(Z.java:9)',
      'at a.C.d(C.java:5)',
    ],
    [
      '.NET',
      'System.Exception: no\r\n   at Shop.Pay() in /src/Pay.cs:line 3\r\n   at Main()',
      'at Shop.Pay() in /src/Pay.cs:line 3',
    ],
    [
      'Python: the innermost frame is the last',
      'Traceback (most recent call last):\n  File "/app/main.py", line 3, in <module>\n    charge()\n  File "/app/pay.py", line 9, in charge\n    raise ValueError("no")\nValueError: no\n',
      'File "/app/pay.py", line 9, in charge',
    ],
    ['Go', 'goroutine 6 [running]:\nmain.charge(0x1)\n\t/app/main.go:12 +0x1d', 'main.charge(0x1)'],
    ['Ruby', "/app/pay.rb:7:in `charge'\n/app/main.rb:1:in `<main>'", "/app/pay.rb:7:in `charge'"],
    ['none', '', ''],
  ])('is found in %s', (_language, stack, line) => {
    expect(thrownAt(stack)).toBe(line);
  });
});
