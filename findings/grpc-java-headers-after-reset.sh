#!/usr/bin/env bash
# grpc-java 1.85.1 (Netty): a server sends HEADERS of a stream behind its own RST_STREAM.
#
# Behaviour: at the deadline of a call the server resets the stream with CANCEL and cancels the call's
#   Context. Where a listener of that Context answers the call (onError, as one does to say why),
#   trailers with grpc-status go out on the stream that was reset a moment before.
# Seen: of 50 calls with grpc-timeout 50m to such a handler, each on a connection of its own to a client
#   that resets nothing, all got RST_STREAM (CANCEL) and then HEADERS with END_STREAM.
# Why it matters: by RFC 9113, 5.4.2, a reset is the last frame of a stream. A client that takes
#   the frame for an error of the connection, as it must behind END_STREAM, loses every other call on
#   it: one call that runs into its deadline fails a hundred that do not.
# Needs: Node, a JDK and Maven.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.grpc</groupId><artifactId>grpc-netty-shaded</artifactId><version>1.85.1</version></dependency>
    <dependency><groupId>io.grpc</groupId><artifactId>grpc-stub</artifactId><version>1.85.1</version></dependency>
  </dependencies>
</project>
XML
cat >Slow.java <<'JAVA'
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

public class Slow {
  static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
    public InputStream stream(byte[] bytes) {
      return new ByteArrayInputStream(bytes);
    }

    public byte[] parse(InputStream in) {
      try {
        return in.readAllBytes();
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }
  };

  public static void main(String[] args) throws Exception {
    MethodDescriptor<byte[], byte[]> method = MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY).setFullMethodName("demo.Slow/Waits")
        .setRequestMarshaller(BYTES).setResponseMarshaller(BYTES).build();
    Server server = NettyServerBuilder.forPort(0).addService(ServerServiceDefinition.builder("demo.Slow")
        .addMethod(method, ServerCalls.asyncUnaryCall((request, answer) -> Context.current().addListener(
            context -> answer.onError(Status.DEADLINE_EXCEEDED.asRuntimeException()), Runnable::run)))
        .build()).build().start();
    System.out.println(server.getPort());
    server.awaitTermination();
  }
}
JAVA
mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >build.log 2>&1 || { cat build.log; exit 2; }
javac -cp 'lib/*' Slow.java
java -cp 'lib/*:.' Slow >port 2>/dev/null &
server=$!
cat >run.mjs <<'JS'
import { connect } from 'node:net';

const CALLS = 50;
const [RST_STREAM, HEADERS, SETTINGS] = [3, 1, 4];
const NAMES = { 0: 'DATA', 1: 'HEADERS', 3: 'RST_STREAM' };

function frame(type, flags, streamId, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Fields as literals that are not indexed. */
function block(fields) {
  const text = (value) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  return Buffer.concat(fields.map(([name, value]) => Buffer.concat([Buffer.from([0]), text(name), text(value)])));
}

/** Returns what comes of stream 1 of a connection, in its order. */
function framesOf(port) {
  return new Promise((resolve) => {
    const seen = [];
    let bytes = Buffer.alloc(0);
    let endIfWhole;
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (more) => {
      bytes = Buffer.concat([bytes, more]);
      while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
        const length = 9 + bytes.readUIntBE(0, 3);
        const [type, flags, streamId] = [bytes[3], bytes[4], bytes.readUInt32BE(5)];
        if (type === SETTINGS && flags === 0) socket.write(frame(SETTINGS, 1, 0));
        if (streamId === 1 && NAMES[type]) {
          const detail = type === RST_STREAM ? ` ${bytes.readUInt32BE(9)}` : flags & 1 ? ' END_STREAM' : '';
          seen.push(NAMES[type] + detail);
        }
        bytes = bytes.subarray(length);
      }
      endIfWhole();
    });
    const fields = [
      [':method', 'POST'], [':scheme', 'http'], [':authority', 'x'], [':path', '/demo.Slow/Waits'],
      ['te', 'trailers'], ['content-type', 'application/grpc'], ['grpc-timeout', '50m'],
    ];
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(SETTINGS, 0, 0));
    socket.write(frame(HEADERS, 4, 1, block(fields)));
    socket.write(frame(0, 1, 1, Buffer.alloc(5)));
    const end = () => {
      clearTimeout(limit);
      socket.destroy();
      resolve(seen.join(', '));
    };
    // A busy machine may take its time to come to the deadline, and what has come is enough.
    const limit = setTimeout(end, 30_000);
    socket.on('close', end);
    endIfWhole = () => seen.length >= 2 && end();
  });
}

const port = Number(process.argv[2]);
const orders = {};
for (const order of await Promise.all(Array.from({ length: CALLS }, () => framesOf(port)))) {
  orders[order] = (orders[order] ?? 0) + 1;
}
console.log(JSON.stringify(orders));
const isSo = (orders['RST_STREAM 8, HEADERS END_STREAM'] ?? 0) > 0;
console.log(isSo ? 'as described' : 'CHANGED');
process.exitCode = isSo ? 0 : 1;
JS
until [ -s port ]; do sleep 0.1; done
node run.mjs "$(cat port)"
