import { createServer } from 'node:net';

/** Answers every request with the same bytes; asked for /requests, says how many there were. */
const answer = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
let requests = 0;

createServer({ noDelay: true }, (socket) => {
  socket.on('data', (request) => {
    requests++;
    if (request.subarray(0, 13).toString('latin1') === 'GET /requests') {
      const text = `0 0 ${requests}\n`;
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
    } else {
      socket.write(answer);
    }
  });
  socket.on('error', () => socket.destroy());
}).listen(Number(process.argv[2]), '127.0.0.1');
