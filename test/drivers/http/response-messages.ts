/** Returns the lines, with CR LF between them. */
export const crlf = (...lines: string[]): string => lines.join('\r\n');

/** Messages that are whole: whether the connection stays, and the status where it is not 200. */
export const WHOLE_MESSAGES: readonly [
  name: string,
  text: string,
  keepAlive: boolean,
  status?: number,
][] = [
  ['content-length', crlf('HTTP/1.1 200 OK', 'Content-Length: 5', '', 'hello'), true],
  ['no body', crlf('HTTP/1.1 200 OK', 'content-length: 0', '', ''), true],
  ['no reason, no space', crlf('HTTP/1.1 200', 'content-length:2', '', 'ok'), true],
  [
    'connection: close',
    crlf('HTTP/1.1 200 OK', 'Connection: Close', 'Content-Length: 2', '', 'ok'),
    false,
  ],
  [
    'close in a list',
    crlf('HTTP/1.1 200 OK', 'connection: te, close', 'content-length: 2', '', 'ok'),
    false,
  ],
  ['HTTP/1.0', crlf('HTTP/1.0 200 OK', 'Content-Length: 2', '', 'ok'), false],
  [
    'HTTP/1.0 that stays',
    crlf('HTTP/1.0 200 OK', 'Connection: keep-alive', 'Content-Length: 2', '', 'ok'),
    true,
  ],
  [
    'chunked',
    crlf('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '5', 'hello', '0', '', ''),
    true,
  ],
  [
    'chunks, extensions and trailers',
    crlf(
      'HTTP/1.1 200 OK',
      'transfer-encoding: Chunked',
      '',
      'A;a=b;c;d="e \\" f"',
      '0123456789',
      '1',
      'x',
      '00',
      'x-sum: 1',
      'y: 2',
      '',
      '',
    ),
    true,
  ],
  [
    'a coding before chunked',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: gzip, chunked', '', '1', 'x', '0', '', ''),
    true,
  ],
  ['204', crlf('HTTP/1.1 204 No Content', 'x: y', '', ''), true, 204],
  ['304 with a length', crlf('HTTP/1.1 304 Not Modified', 'content-length: 99', '', ''), true, 304],
  [
    'interim answers',
    crlf(
      'HTTP/1.1 100 Continue',
      '',
      'HTTP/1.1 103 Early Hints',
      'link: </a>',
      '',
      'HTTP/1.1 201 Created',
      'content-length: 3',
      '',
      'abc',
    ),
    true,
    201,
  ],
  ['an empty header', crlf('HTTP/1.1 200 OK', 'x:', 'content-length: 1', '', 'x'), true],
];

/** Messages that are refused, each with what is said of it. */
export const BROKEN_MESSAGES: readonly [name: string, text: string, error: string][] = [
  ['garbage', '\x00\xff\x13garbage', 'bad status line'],
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'bad status line'],
  ['HTTP/2 in the clear', 'HTTP/2 200 OK\r\n\r\n', 'bad status line'],
  ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n', 'bad status line'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'bad status line'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'bad status line'],
  ['bare LF after the status', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n', 'bad status line'],
  ['bare LF after a header', 'HTTP/1.1 200 OK\r\ncontent-length: 0\n\r\n', 'bad header line'],
  ['CR without LF', 'HTTP/1.1 200 OK\r\nx: y\rcontent-length: 0\r\n\r\n', 'bad header line'],
  ['a zero byte', 'HTTP/1.1 200 OK\r\nx: y\0\r\n\r\n', 'bad header line'],
  ['a control character', 'HTTP/1.1 200 OK\r\nx: \x01\r\n\r\n', 'bad header line'],
  ['a delete character', 'HTTP/1.1 200 OK\r\nx: \x7f\r\n\r\n', 'bad header line'],
  [
    'an interim answer that closes',
    'HTTP/1.1 100 Continue\r\nconnection: close\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
    'closing interim answer',
  ],
  ['space before the colon', 'HTTP/1.1 200 OK\r\ncontent-length : 0\r\n\r\n', 'bad header line'],
  ['a folded line', 'HTTP/1.1 200 OK\r\nx: y\r\n content-length: 0\r\n\r\n', 'bad header line'],
  ['no name', 'HTTP/1.1 200 OK\r\n: y\r\n\r\n', 'bad header line'],
  ['no colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n', 'bad header line'],
  [
    'two lengths',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n',
    'conflicting content-length',
  ],
  [
    'the same length twice',
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok',
    'repeated content-length',
  ],
  ['lengths in a list', 'HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\n', 'bad content-length'],
  ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n', 'bad content-length'],
  ['a signed length', 'HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\n', 'bad content-length'],
  ['a length in hex', 'HTTP/1.1 200 OK\r\ncontent-length: 0x1\r\n\r\n', 'bad content-length'],
  ['an empty length', 'HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\n', 'bad content-length'],
  [
    'a length past all measure',
    'HTTP/1.1 200 OK\r\ncontent-length: 9999999999999999\r\n\r\n',
    'bad content-length',
  ],
  [
    'a length beside chunked',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n',
    'both content-length and transfer-encoding',
  ],
  [
    'chunked in HTTP/1.0',
    'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
    'transfer-encoding in HTTP/1.0',
  ],
  [
    'chunked that is not last',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, gzip\r\n\r\n',
    'bad transfer-encoding',
  ],
  [
    'chunked twice',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n',
    'bad transfer-encoding',
  ],
  [
    'an unknown coding',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked\r\n\r\n',
    'bad transfer-encoding',
  ],
  [
    'a tab in the coding',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\t\r\n\r\n',
    'bad transfer-encoding',
  ],
  [
    'a blank that is none in the coding',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip,\xa0chunked\r\n\r\n',
    'bad transfer-encoding',
  ],
  ['101', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n', 'unexpected status 101'],
  [
    'no chunk size',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '', ''),
    'bad chunk size',
  ],
  [
    'a chunk size of 0x5',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '0x5', 'hello'),
    'bad chunk size',
  ],
  [
    'a chunk size past all measure',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', 'ffffffffffffff', ''),
    'bad chunk size',
  ],
  [
    'a chunk that is longer than it says',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '2', 'hello', ''),
    'bad chunk end',
  ],
  [
    'blanks behind a chunk size',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '5  ', 'hello', ''),
    'bad chunk size',
  ],
  [
    'an extension without a name',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '5;', 'hello', ''),
    'bad chunk extension',
  ],
  [
    'an extension with an open quote',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '5;a="', 'hello', ''),
    'bad chunk extension',
  ],
  [
    'a length among the trailers',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '0', 'Content-Length: 5', '', ''),
    'bad trailer',
  ],
  [
    'a trailer without a name',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '0', ': x', '', ''),
    'bad trailer',
  ],
  [
    'bare LF in an extension',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;a\nb\r\nx',
    'bad chunk extension',
  ],
  [
    'a folded trailer',
    crlf('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '0', ' x: y', '', ''),
    'bad trailer',
  ],
  [
    'bare LF in a trailer',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: y\n\r\n',
    'bad trailer',
  ],
];
