#!/usr/bin/env bash
# java.net.http.HttpClient (JDK 17): a GET whose connection is reset is sent a second time, unasked.
#
# Behaviour: where a connection ends before the first byte of an answer, the client repeats GET and HEAD on a
#   new connection, also where the first was new, and says nothing. POST is sent once. Up to `jdk.httpclient.redirects.retrylimit` tries
#   (5 by default, and the limit of redirects too); at 1 there is one.
# Seen: a server that resets each connection once a request has come: 2 requests for one GET, 1 for one POST, 1 for a GET
#   with a limit of 1.
# Why it matters: resilience4j and the like count calls of the client, so that maxAttempts 3 is six requests. The file
#   that `tune --export resilience4j` writes says so.
# Needs: a JDK 17 or newer.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >Resets.java <<'JAVA'
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicInteger;

public class Resets {
  public static void main(String[] args) throws Exception {
    var requests = new AtomicInteger();
    var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    var thread =
        new Thread(
            () -> {
              while (true) {
                try (var socket = server.accept()) {
                  if (socket.getInputStream().read(new byte[65536]) > 0) requests.incrementAndGet();
                  socket.setSoLinger(true, 0);
                } catch (IOException ended) {
                  return;
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
    var uri = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");
    var body = HttpRequest.BodyPublishers.ofString("x");
    var method = args[0];
    var request =
        HttpRequest.newBuilder(uri)
            .version(HttpClient.Version.HTTP_1_1)
            .method(method, method.equals("GET") ? HttpRequest.BodyPublishers.noBody() : body)
            .build();
    try {
      HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding());
    } catch (IOException failed) {
      // As it should.
    }
    System.out.println(requests.get());
    server.close();
  }
}
JAVA
get=$(java Resets.java GET)
post=$(java Resets.java POST)
limited=$(java -Djdk.httpclient.redirects.retrylimit=1 Resets.java GET)
echo "requests of one GET: $get, of one POST: $post, of a GET with a limit of 1: $limited"
if [ "$get $post $limited" = "2 1 1" ]; then echo 'as described'; else echo CHANGED; exit 1; fi
