import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:http2';

/**
 * Answers every call with the message that it was sent, on the first port; on the second, says how
 * many there were.
 */
const [grpcPort, countPort] = process.argv.slice(2).map(Number);
let requests = 0;

const server = createServer({ settings: { maxConcurrentStreams: 1_000 } });
server.on('session', (session) => session.on('error', () => session.destroy()));
server.on('stream', (stream) => {
  const chunks: Buffer[] = [];
  requests++;
  stream.on('error', () => stream.destroy());
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc' },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.concat(chunks));
  });
});
server.listen(grpcPort, '127.0.0.1');
createHttpServer((_, response) => response.end(String(requests))).listen(countPort, '127.0.0.1');
