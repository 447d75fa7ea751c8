#!/usr/bin/env bash
# @grpc/grpc-js 1.14.7, grpcio 1.85.3 (Python): eight clients of one target are one connection.
#
# Behaviour: clients, or channels, with the same target, credentials and options take their connection from
#   a pool of the process, also those of different services. What goes beyond the streams that the
#   server allows on a connection waits in the client, and nothing says so. The channel option
#   `grpc.use_local_subchannel_pool: 1` gives each a connection of its own.
# Seen: a server that allows 10 streams a connection, 8 clients with 10 calls each at once. grpc-js: 1
#   connection, never more than 10 calls at the server; with the option 8 connections, and 80 calls
#   there at once. Python: 1 connection, and 8.
# Why it matters: a load test with clients for each of its workers has one connection to one backend
#   behind a balancer of connections, and its calls queue on the sender's side: the server looks slow
#   from outside and idle from inside. callgauge opens as many as `connections` says, and what a call waits
#   for one is its connection wait.
# Needs: Node and Python 3.9 or later with venv.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @grpc/grpc-js@1.14.7 &
install=$!
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check grpcio==1.85.3
wait "$install"
cat >run.mjs <<'JS'
import grpc from '@grpc/grpc-js';

const CLIENTS = 8;
const CALLS = 10;
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
const server = new grpc.Server({ 'grpc.max_concurrent_streams': CALLS });
const peers = new Set();
let waiting = [];
let most = 0;
let isQuiet;
/** Answers all calls that wait once no other has come for half a second. */
function answerAll() {
  most = Math.max(most, waiting.length);
  for (const done of waiting.splice(0)) done(null, Buffer.from('ok'));
}
server.addService(methods, {
  Answer(call, done) {
    peers.add(call.getPeer());
    waiting.push(done);
    clearTimeout(isQuiet);
    isQuiet = setTimeout(answerAll, 500);
  },
});
const port = await new Promise((resolve, reject) => {
  const listening = (error, bound) => (error ? reject(error) : resolve(bound));
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), listening);
});
const Client = grpc.makeGenericClientConstructor(methods, 'Slow');

async function seenWith(options) {
  peers.clear();
  most = 0;
  const open = () => new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options);
  const clients = Array.from({ length: CLIENTS }, open);
  const call = (client) =>
    new Promise((resolve, reject) => {
      client.Answer(Buffer.from('x'), (error) => (error ? reject(error) : resolve()));
    });
  await Promise.all(clients.flatMap((client) => Array.from({ length: CALLS }, () => call(client))));
  for (const client of clients) client.close();
  console.log(`grpc-js ${JSON.stringify(options)}: connections ${peers.size}, most calls at once ${most}`);
  return { connections: peers.size, most };
}

const shared = await seenWith({});
const own = await seenWith({ 'grpc.use_local_subchannel_pool': 1 });
server.forceShutdown();
const isSo =
  shared.connections === 1 && shared.most === CALLS && own.connections === CLIENTS && own.most > CALLS;
if (!isSo) console.log('CHANGED');
process.exitCode = isSo ? 0 : 1;
JS
cat >run.py <<'PY'
import sys
from concurrent import futures

import grpc

peers = set()


class Answers(grpc.GenericRpcHandler):
    def service(self, details):
        def answer(request, context):
            peers.add(context.peer())
            return request

        return grpc.unary_unary_rpc_method_handler(answer)


server = grpc.server(futures.ThreadPoolExecutor(4))
server.add_generic_rpc_handlers((Answers(),))
port = server.add_insecure_port('127.0.0.1:0')
server.start()


def connections_with(options):
    peers.clear()
    channels = [grpc.insecure_channel(f'127.0.0.1:{port}', options=options) for _ in range(8)]
    for channel in channels:
        channel.unary_unary('/demo.Slow/Answer')(b'x', timeout=10)
    for channel in channels:
        channel.close()
    print(f'grpcio {options}: connections {len(peers)}')
    return len(peers)


shared = connections_with([])
own = connections_with([('grpc.use_local_subchannel_pool', 1)])
server.stop(None)
is_so = shared == 1 and own == 8
print('as described' if is_so else 'CHANGED')
sys.exit(0 if is_so else 1)
PY
node run.mjs
venv/bin/python run.py
