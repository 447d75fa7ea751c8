import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_OPENSSL } from './installed-parts.ts';

const NONE = {
  ok: 0,
  status: 0,
  timeout: 0,
  transport: 0,
  cancelled: 0,
  dropped: 0,
  check: 0,
  rejected: 0,
  fallback: 0,
};

describe.skipIf(!HAS_OPENSSL)('https', () => {
  const folder = mkdtempSync(join(tmpdir(), 'callgauge-tls-'));
  const certificate = join(folder, 'certificate.pem');
  let server: Server;
  let port = 0;

  beforeAll(async () => {
    const key = join(folder, 'key.pem');
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
    execFileSync(
      'openssl',
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout ${key} -out ${certificate} -addext ${names}`.split(
        ' ',
      ),
      { stdio: 'ignore' },
    );
    server = createServer(
      { key: readFileSync(key), cert: readFileSync(certificate) },
      (_request, response) => response.end('x'.repeat(50_000)),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  it.each(['localhost', '127.0.0.1'])('to %s with a trusted certificate: ok', async (host) => {
    const { finished } = await runApart(`https://${host}:${port}`, certificate);
    expect(finished).toEqual({ ...NONE, ok: 40 });
  });

  it('with a certificate that nobody vouches for: transport, with the reason', async () => {
    const { finished, errors } = await runApart(`https://127.0.0.1:${port}`, '');
    expect(finished).toEqual({ ...NONE, transport: 40 });
    expect(errors).toEqual(['DEPTH_ZERO_SELF_SIGNED_CERT']);
  });
});

async function runApart(
  url: string,
  trusted: string,
): Promise<{ finished: Record<string, number>; errors: string[] }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'tls-run.ts'), url], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString();
  });
  await once(child, 'close');
  return JSON.parse(output) as { finished: Record<string, number>; errors: string[] };
}
