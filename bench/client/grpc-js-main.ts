import { Client, credentials } from '@grpc/grpc-js';

/**
 * Keeps so many calls under way through @grpc/grpc-js: host:port, connections, calls at once on
 * each.
 */
const [address = '', connections = '1', streams = '1'] = process.argv.slice(2);
const message = Buffer.from([0x0a, 5, 0x68, 0x65, 0x6c, 0x6c, 0x6f]);
const asIs = (bytes: Buffer): Buffer => bytes;

for (let connection = 0; connection < Number(connections); connection++) {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const call = (): void => {
    client.makeUnaryRequest('/bench.Echo/Say', asIs, asIs, message, (error) => {
      if (error) throw error;
      call();
    });
  };
  for (let stream = 0; stream < Number(streams); stream++) call();
}
