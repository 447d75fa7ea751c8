import type { YAMLError } from 'yaml';

/** What is wrong with a text that is no YAML, said for people. */
export interface SyntaxText {
  readonly message: string;
  readonly hint: string;
}

type Saying = readonly [says: RegExp, message: string, hint: string];

const QUOTE = 'Put the whole text in quotes.';
const INDENT = 'Indent with spaces what belongs together by the same number of columns.';
const CLOSE = 'Add what is missing, or take the bracket away that opens it.';
const ANCHOR = 'Write &NAME before a value, and *NAME alone where it is to stand again.';

/**
 * What the library's parser says, in the words of its grammar, and what is said here instead; of
 * each code the first that fits. `%` stands for what the file has at that place.
 */
const SAYINGS: Readonly<Record<string, readonly Saying[]>> = {
  ALIAS_PROPS: [[/./u, 'an alias cannot have an anchor or a tag of its own', ANCHOR]],
  BAD_ALIAS: [
    [/ending in :/u, 'a name behind & or * ends in a colon', 'Put a space before the colon.'],
    [/./u, 'a name is missing behind & or *', ANCHOR],
  ],
  BAD_COLLECTION_TYPE: [[/./u, 'a tag does not fit the value behind it', 'Remove the tag.']],
  BAD_DIRECTIVE: [
    [
      /./u,
      'a line that begins with % is for the reader of YAML, and this one is not understood',
      'Remove the line.',
    ],
  ],
  BAD_DQ_ESCAPE: [
    [
      /./u,
      'unknown escape % in a text in double quotes',
      'Write \\\\ for a backslash, or put the text in single quotes.',
    ],
  ],
  BAD_INDENT: [
    [
      /end with a|Flow end/u,
      'a { or [ is not closed before the next line at its own indentation',
      CLOSE,
    ],
    [/Block scalar/u, 'a text of several lines behind | or > must be indented', INDENT],
    [/./u, 'a line is not indented like those that it belongs to', INDENT],
  ],
  BAD_PROP_ORDER: [
    [/./u, 'an anchor or a tag stands before the - or ? that it belongs behind', ANCHOR],
  ],
  BAD_SCALAR_START: [[/./u, 'a text without quotes cannot begin with %', QUOTE]],
  BLOCK_AS_IMPLICIT_KEY: [
    [/sequence/u, 'a list cannot be a key', 'Put the list under a key, on lines of its own.'],
    [
      /./u,
      'a second colon makes this a key within a value of the same line',
      `${QUOTE} Or begin a new line for a map.`,
    ],
  ],
  BLOCK_IN_FLOW: [
    [
      /./u,
      'a list or a map by indentation stands inside { } or [ ]',
      'Close the bracket before it, or write it in brackets too.',
    ],
  ],
  KEY_OVER_1024_CHARS: [
    [
      /./u,
      'a key is longer than 1024 characters',
      'Shorten it; or put the text in quotes where it is no key.',
    ],
  ],
  MISSING_CHAR: [
    [
      /closing '/u,
      "a text in single quotes is not closed: ' is missing",
      "Add the quote; within it, '' stands for one.",
    ],
    [
      /closing "/u,
      'a text in double quotes is not closed: " is missing',
      'Add the quote; within it, \\" stands for one.',
    ],
    [
      /Missing , or :/u,
      'a comma or a colon is missing before %',
      'Separate the values inside { } and [ ] by commas.',
    ],
    [
      /Missing ,/u,
      'a comma is missing before %',
      'Separate the values inside { } and [ ] by commas.',
    ],
    [/space after :/u, 'a space is missing behind a colon', 'Write KEY: VALUE.'],
    [/must end with a \}/u, 'a { is not closed: } is missing', CLOSE],
    [/must end with a \]/u, 'a [ is not closed: ] is missing', CLOSE],
    [/Comments/u, 'a # begins a comment only behind a space', `Put a space before it. ${QUOTE}`],
    [
      /Implicit map keys/u,
      'a text stands where KEY: VALUE is wanted',
      'Write a colon and a space behind the key, or indent the text further where it goes on.',
    ],
    [
      /without - indicator/u,
      'a line stands in a list without a -',
      'Begin the line with "- ", or indent it further.',
    ],
    [
      /directives/u,
      'the line --- is missing behind the lines that begin with %',
      'Remove the lines that begin with %.',
    ],
    [
      /explicit indentation/u,
      'a text behind | or > begins with an empty line that is indented further than it',
      'Take the spaces of that empty line away.',
    ],
    [/./u, 'an anchor or a tag must stand apart from what follows it', ANCHOR],
  ],
  MULTILINE_IMPLICIT_KEY: [
    [
      /./u,
      'a key goes on over several lines',
      'Write the key on one line; or close the quote or bracket before it.',
    ],
  ],
  MULTIPLE_ANCHORS: [[/./u, 'a value has two anchors', ANCHOR]],
  MULTIPLE_DOCS: [
    [
      /./u,
      'the file holds a second document',
      'Keep one scenario per file: remove the line --- and what follows it.',
    ],
  ],
  MULTIPLE_TAGS: [[/./u, 'a value has two tags', 'Remove them.']],
  RESOURCE_EXHAUSTION: [[/./u, 'nested too deeply', 'Nest less deeply.']],
  TAB_AS_INDENT: [[/./u, 'indented with a tab', 'Indent with spaces.']],
  TAG_RESOLVE_FAILED: [
    [
      /./u,
      'the tag % cannot be followed',
      'Remove it, or put the text in quotes where it is none.',
    ],
  ],
  UNEXPECTED_TOKEN: [
    [
      /Unexpected (?:,|empty item)/u,
      'a value is missing before a comma',
      'Remove the comma, or write a value before it.',
    ],
    [
      /header/u,
      'a text stands on the line of | or >',
      'Begin the text on the next line, indented.',
    ],
    [
      /same line with key/u,
      'a list begins on the line of its key',
      'Begin it on the next line, or write it as [A, B].',
    ],
    [/doc-end/u, 'the line ... ends a document that has not begun', 'Remove the line.'],
    [
      /at node end/u,
      '% stands behind a value that is over',
      `${QUOTE} Or check the brackets and quotes before this place.`,
    ],
    [
      /./u,
      '% is out of place',
      'Check indentation, quotes and brackets at this place and just before it.',
    ],
  ],
};

const OTHER: Saying = [
  /./u,
  '% cannot be read here',
  'Check indentation, quotes and brackets at this place and just before it.',
];

/** Returns what is wrong and the fix. No word of it is the parser's own. */
export function syntaxText(error: YAMLError, text: string): SyntaxText {
  const [from] = error.pos;
  const known = SAYINGS[error.code] ?? [OTHER];
  const [, message, hint] = known.find(([says]) => says.test(error.message)) ?? OTHER;
  const lineStart = text.lastIndexOf('\n', from - 1) + 1;
  const isReference = text.slice(lineStart, from).endsWith('$');
  return {
    message: message.replace('%', () => seenAt(text, from)),
    hint: isReference
      ? 'Put a text with ${...} in quotes where it stands inside { } or [ ].'
      : hint,
  };
}

/** What stands at a place, to the end of its word. */
function seenAt(text: string, at: number): string {
  if (at >= text.length) return 'the end of the file';
  const line = text.slice(at, at + 200);
  const [seen = ''] =
    /^(?:\\x[0-9a-f]{0,2}|\\u[0-9a-f]{0,4}|\\.|[[\]{},:?"'|>%@`]|[^\s[\]{},]{1,40})/iu.exec(line) ??
    [];
  return seen === '' ? 'an empty place' : `"${seen}"`;
}
