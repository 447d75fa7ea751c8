#!/usr/bin/env bash
# @grpc/reflection 1.0.4 (Node): a server describes other messages than its .proto file does.
#
# Behaviour: the description that is served is made again from what proto-loader made of the file. Fields have
#   camel case as their real names, a `json_name` is gone, and an `optional` field is a member of a oneof
#   `_name` without `proto3_optional`. With `keepCase: true` the names are those of the file, the rest is not.
# Seen: `optional int32 retry_count = 1` and `string user_name = 2 [json_name = "uid"]`: served as retryCount in
#   a oneof _retryCount, and userName without a JSON name. With keepCase: retry_count in a oneof
#   _retry_count, and user_name without a JSON name.
# Why it matters: a client that has its schema by reflection refuses `user_name` and `uid`, which one with the
#   file takes, so that a message that was written against the file fails against the server, and the other
#   way round. On the wire both are the same: only names differ. callgauge's gRPC steps take the names of the
#   schema they are given: `grpc: { proto }` of the target, where the file is at hand.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent \
  @grpc/reflection@1.0.4 @grpc/proto-loader@0.8.1 @grpc/grpc-js@1.14.7 protobufjs@7.6.6
cat >orders.proto <<'PROTO'
syntax = "proto3";
package demo;
message Order {
  optional int32 retry_count = 1;
  string user_name = 2 [json_name = "uid"];
}
service Orders {
  rpc Place(Order) returns (Order);
}
PROTO
cat >run.mjs <<'JS'
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import descriptor from 'protobufjs/ext/descriptor/index.js';

/** Serves orders.proto, asks the server for demo.Order by reflection, and returns what it says. */
async function described(options) {
  const definition = loadSync('orders.proto', options);
  const server = new grpc.Server();
  const { demo } = grpc.loadPackageDefinition(definition);
  server.addService(demo.Orders.service, { Place: (call, done) => done(null, call.request) });
  new ReflectionService(definition).addToServer(server);
  const port = await new Promise((resolve, reject) => {
    const listening = (error, bound) => (error ? reject(error) : resolve(bound));
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), listening);
  });
  const own = loadSync('node_modules/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto');
  const { ServerReflection } = grpc.loadPackageDefinition(own).grpc.reflection.v1;
  const client = new ServerReflection(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const call = client.ServerReflectionInfo();
  const answer = await new Promise((resolve, reject) => {
    call.on('data', resolve).on('error', reject);
    call.write({ fileContainingSymbol: 'demo.Order' });
  });
  call.end();
  client.close();
  server.forceShutdown();
  const [bytes] = answer.fileDescriptorResponse.fileDescriptorProto;
  const { messageType } = descriptor.FileDescriptorProto.decode(bytes);
  const order = messageType.find(({ name }) => name === 'Order');
  const fields = order.field.map(({ name, jsonName, proto3Optional }) => {
    return `${name} (JSON name ${jsonName || 'none'}, proto3_optional ${Boolean(proto3Optional)})`;
  });
  const text = `${fields.join(', ')}; oneofs: ${order.oneofDecl.map(({ name }) => name).join(', ')}`;
  console.log(`${JSON.stringify(options)}: ${text}`);
  return text;
}

const rest = '(JSON name none, proto3_optional false)';
const plain = await described({});
const kept = await described({ keepCase: true });
const isSo =
  plain === `retryCount ${rest}, userName ${rest}; oneofs: _retryCount` &&
  kept === `retry_count ${rest}, user_name ${rest}; oneofs: _retry_count`;
console.log(isSo ? 'as described' : 'CHANGED');
process.exitCode = isSo ? 0 : 1;
JS
node run.mjs
