#!/usr/bin/env bash
# grpc-go 1.85.0: a server ends many calls at their deadline by RST_STREAM (CANCEL), without a status.
#
# Behaviour: the transport has a timer of its own for grpc-timeout, which closes the stream with CANCEL
#   and discards what the handler would still say. It races the handler's context, which expires at
#   the same moment: also a handler that returns DEADLINE_EXCEEDED at once comes too late at times. One
#   that does not look at its context always does.
# Seen: of 200 calls with grpc-timeout 50m to a handler that waits for its context and returns its error,
#   on two shared cores: 26 to 47 were reset with CANCEL, without any header, the others ended with
#   grpc-status 4. To one that sleeps: all 200 were reset.
# Why it matters: a client whose own timer is a moment late sees a reset by its peer, the same as when a
#   server fails, instead of a deadline. Counted as a broken connection it is missing among the slow
#   calls, so that a percentile of the calls looks the better the more of them time out.
# Needs: Go and Node.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'GO'
module finding

go 1.25

require google.golang.org/grpc v1.85.0
GO
cat >main.go <<'GO'
package main

import (
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		method, _ := grpc.MethodFromServerStream(stream)
		if method == "/demo.Slow/Sleeps" {
			time.Sleep(time.Second)
			return nil
		}
		<-stream.Context().Done()
		return status.FromContextError(stream.Context().Err()).Err()
	}))
	panic(server.Serve(listener))
}
GO
GOFLAGS=-mod=mod go build -o server . >build.log 2>&1 || { cat build.log; exit 2; }
./server >port &
server=$!
cat >run.mjs <<'JS'
import { connect } from 'node:http2';

const CALLS = 200;
const client = connect(`http://127.0.0.1:${process.argv[2]}`);

/** How one call ends whose deadline only the server knows. */
function endOf(path) {
  return new Promise((resolve) => {
    const stream = client.request({
      ':method': 'POST',
      ':path': path,
      te: 'trailers',
      'content-type': 'application/grpc',
      'grpc-timeout': '50m',
    });
    let status;
    const take = (fields) => (status ??= fields['grpc-status']);
    stream.on('response', take);
    stream.on('trailers', take);
    stream.on('error', () => undefined);
    stream.on('close', () => {
      resolve(status === undefined ? `reset ${stream.rstCode}` : `grpc-status ${status}`);
    });
    stream.resume();
    stream.end(Buffer.from([0, 0, 0, 0, 0]));
  });
}

async function endsOf(path) {
  const ends = {};
  for (let call = 0; call < CALLS; call += 20) {
    for (const end of await Promise.all(Array.from({ length: 20 }, () => endOf(path)))) {
      ends[end] = (ends[end] ?? 0) + 1;
    }
  }
  console.log(`${path}: ${JSON.stringify(ends)}`);
  return ends;
}

const waits = await endsOf('/demo.Slow/WaitsForItsContext');
const sleeps = await endsOf('/demo.Slow/Sleeps');
client.destroy();
const isSo = (waits['reset 8'] ?? 0) > 0 && sleeps['reset 8'] === CALLS;
console.log(isSo ? 'as described' : 'CHANGED');
process.exitCode = isSo ? 0 : 1;
JS
until [ -s port ]; do sleep 0.1; done
node run.mjs "$(cat port)"
