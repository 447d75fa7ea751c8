import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/**
 * Keeps so many connections busy with one GET after another and does nothing besides: what Node's
 * sockets cost, whatever is built on them. Arguments: url, connections.
 */
const [url = '', connections = '1'] = process.argv.slice(2);
const { protocol, hostname: host, port, pathname } = new URL(url);
const request = Buffer.from(`GET ${pathname} HTTP/1.1\r\nhost: ${host}:${port}\r\n\r\n`);
const buffer = Buffer.allocUnsafeSlow(65_536);

for (let connection = 0; connection < Number(connections); connection++) open();

function open(): void {
  const send = (): void => void socket.write(request);
  const options: NetConnectOpts = {
    host,
    port: Number(port),
    noDelay: true,
    // An answer of the bench's server is one piece.
    onread: { buffer, callback: () => (send(), true) },
  };
  const socket: Socket =
    protocol === 'https:'
      ? connectTls({ ...options, rejectUnauthorized: false }, send).setNoDelay(true)
      : connect(options, send);
}
