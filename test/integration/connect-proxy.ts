import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Server, type Socket } from 'node:net';

/** A proxy that passes CONNECT on to wherever `port` is; the name is for it to resolve. */
export function connectProxy(port: number, onConnect: (request: IncomingMessage) => void): Server {
  const proxy = createServer();
  proxy.on('connect', (request: IncomingMessage, client: Socket) => {
    onConnect(request);
    const server = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(server).pipe(client);
    });
    server.on('error', () => client.destroy());
    client.on('error', () => server.destroy());
    client.on('close', () => server.destroy());
  });
  return proxy;
}
