import { describe, expect, it } from 'vitest';
import { splitCommand } from '../../src/cli/split-command.ts';

describe('a command', () => {
  it.each([
    ['node server.js', ['node', 'server.js']],
    ['  node\t--port  80 ', ['node', '--port', '80']],
    [`node "my server.js" 'a "b" c'`, ['node', 'my server.js', 'a "b" c']],
    [`a\\ b "c\\"d" 'e\\f'`, ['a b', 'c"d', 'e\\f']],
    [`env X= "" node`, ['env', 'X=', '', 'node']],
    ['a"b"c', ['abc']],
  ])('is split as a shell would: %s', (text, words) => {
    expect(splitCommand(text, '--a-command')).toEqual(words);
  });

  it.each([
    ['', "--a-command must be a command, got ''"],
    ['node "x', '--a-command: the quote " is not closed, got node "x'],
  ])('is refused: %s', (text, message) => {
    expect(() => splitCommand(text, '--a-command')).toThrow(message);
  });
});
