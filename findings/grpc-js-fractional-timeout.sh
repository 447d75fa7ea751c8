#!/usr/bin/env bash
# @grpc/grpc-js 1.14.7: the timeout "0.5s" of a service config is a deadline of 5 nanoseconds.
#
# Behaviour: digits behind the point are read as a count of nanoseconds, not as a fraction: "0.5s" is
#   5 ns, "1.5s" is 1 s and 5 ns. Written with nine decimals it is right. The protobuf JSON form of a
#   duration allows fewer, and grpc-go reads "0.5s" as half a second.
# Seen: a method that answers after 100 ms: "0.5s" ends with DEADLINE_EXCEEDED after about 2 ms,
#   "0.500000000s" answers.
# Why it matters: a recommended timeout below a second, exported as "0.5s", would fail every call of
#   a Node client. A gRPC service config must be written with nine decimals.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @grpc/grpc-js@1.14.7
cat >run.mjs <<'JS'
import grpc from '@grpc/grpc-js';

const asIs = (bytes) => bytes;
const methods = {
  Answer: {
    path: '/demo.Slow/Answer',
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
};
const server = new grpc.Server();
server.addService(methods, {
  Answer: (_call, done) => setTimeout(() => done(null, Buffer.from('ok')), 100),
});
const port = await new Promise((resolve, reject) => {
  const listening = (error, bound) => (error ? reject(error) : resolve(bound));
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), listening);
});
const Client = grpc.makeGenericClientConstructor(methods, 'Slow');

async function statusWithin(timeout) {
  const config = { methodConfig: [{ name: [{ service: 'demo.Slow' }], timeout }] };
  const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    'grpc.service_config': JSON.stringify(config),
  });
  const beganMs = performance.now();
  const status = await new Promise((resolve) => {
    client.Answer(Buffer.from('x'), (error) => resolve(error ? grpc.status[error.code] : 'OK'));
  });
  console.log(`timeout "${timeout}": ${status} after ${Math.round(performance.now() - beganMs)} ms`);
  client.close();
  return status;
}

const short = await statusWithin('0.5s');
const nine = await statusWithin('0.500000000s');
const whole = await statusWithin('2s');
server.forceShutdown();
const isSo = short === 'DEADLINE_EXCEEDED' && nine === 'OK' && whole === 'OK';
console.log(isSo ? 'as described' : 'CHANGED');
process.exitCode = isSo ? 0 : 1;
JS
node run.mjs
