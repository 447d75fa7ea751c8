#!/usr/bin/env bash
# nginx 1.22.1: `proxy_next_upstream_tries 1`, and one request arrives seven times.
#
# Behaviour: a try that ends on a connection kept from before, without an answer, is not counted, however
#   far the request had got. The next one takes the next kept connection, also of the server that just failed,
#   and so on until a new connection is made, whose try counts. POST, LOCK and PATCH go once, if their
#   request was sent.
# Seen: one server in the upstream, `keepalive 16`, tries 1, six connections kept. The server reads a GET and closes:
#   it is sent it 7 times, and the client gets one 502. A POST is sent once. Without kept connections,
#   and with `proxy_next_upstream off`, the GET is sent once.
# Why it matters: a request that makes a server exit, or comes as it goes down, is multiplied by the pool, which is
#   as large as the load was: at times when it hurts most, and where tries are set to 1 to have no
#   retries. In traces the attempts are siblings that nobody configured. The file that `tune` exports for
#   nginx has `proxy_next_upstream off` where one attempt is recommended; with more, tries is no bound.
# Reported: https://github.com/kubernetes/ingress-nginx/issues/9332
# Needs: Node, and nginx of the system (1.22.1 of Debian 12).
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
nginx -v
cat >run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';

const KEPT = 6;

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

/** /together answers once KEPT requests are there; others are read, counted and never answered. */
let arrived = 0;
const together = [];
const server = http.createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  if (request.url !== '/together') {
    arrived++;
    request.resume().on('end', () => request.socket.destroy());
    return;
  }
  together.push(response);
  if (together.length === KEPT) for (const waiting of together.splice(0)) waiting.end('ok');
});
const serverPort = await listening(server);
const free = net.createServer();
const proxyPort = await listening(free);
free.close();
await once(free, 'close');

const proxy = `proxy_pass http://callee; proxy_http_version 1.1; proxy_set_header Connection "";
  proxy_next_upstream_tries 1;`;
writeFileSync(
  'nginx.conf',
  `daemon off; master_process off; pid ${process.cwd()}/pid; error_log ${process.cwd()}/errors;
events { worker_connections 128; }
http {
  access_log off;
  client_body_temp_path ${process.cwd()}/body; proxy_temp_path ${process.cwd()}/proxy;
  fastcgi_temp_path ${process.cwd()}/fastcgi; uwsgi_temp_path ${process.cwd()}/uwsgi;
  scgi_temp_path ${process.cwd()}/scgi;
  upstream callee { server 127.0.0.1:${serverPort} max_fails=0; keepalive 16; }
  server {
    listen 127.0.0.1:${proxyPort};
    location / { ${proxy} }
    location /off { ${proxy} proxy_next_upstream off; }
  }
}
`,
);
const nginx = spawn('nginx', ['-c', `${process.cwd()}/nginx.conf`], { stdio: 'inherit' });
const origin = `http://127.0.0.1:${proxyPort}`;

async function statusOf(path, options) {
  const response = await fetch(`${origin}${path}`, options);
  await response.arrayBuffer();
  return response.status;
}

async function timesSent(what, path, { kept, ...options }) {
  server.closeAllConnections();
  // nginx sees the ends of its kept connections before it takes another request.
  await new Promise((resolve) => setTimeout(resolve, 500));
  if (kept) await Promise.all(Array.from({ length: KEPT }, () => statusOf('/together')));
  arrived = 0;
  const status = await statusOf(path, options);
  console.log(`${what}: sent ${arrived}, status ${status}`);
  return `${arrived} ${status}`;
}

try {
  const until = Date.now() + 30_000;
  for (;;) {
    const isUp = await statusOf('/off').catch(() => 0);
    if (isUp !== 0) break;
    if (Date.now() > until) throw new Error('nginx does not come up');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const seen = [
    await timesSent('GET, 6 kept', '/', { kept: true }),
    await timesSent('POST, 6 kept', '/', { kept: true, method: 'POST', body: 'x' }),
    await timesSent('GET, 6 kept, proxy_next_upstream off', '/off', { kept: true }),
    await timesSent('GET, none kept', '/', { kept: false }),
  ];
  const isSo = seen.join() === '7 502,1 502,1 502,1 502';
  console.log(isSo ? 'as described' : 'CHANGED');
  process.exitCode = isSo ? 0 : 1;
} finally {
  nginx.kill();
  await once(nginx, 'exit');
  server.closeAllConnections();
  server.close();
}
JS
node run.mjs
