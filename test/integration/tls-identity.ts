import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadyTls } from '../../src/scenario/index.ts';

/** A key, and a certificate that it has signed for itself, in PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/** Returns one of 127.0.0.1, made by openssl. */
export function makeTlsIdentity(): TlsIdentity {
  const folder = mkdtempSync(join(tmpdir(), 'callgauge-identity-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost ' +
    `-addext subjectAltName=IP:127.0.0.1 -keyout ${key} -out ${cert}`;
  try {
    execFileSync('openssl', request.split(' '), { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Returns what a target needs to trust an identity, and nothing else. */
export function trusting({ cert }: TlsIdentity): ReadyTls {
  return {
    ca: 'cert.pem',
    cert: '',
    key: '',
    passphrase: '',
    serverName: '',
    verify: true,
    minVersion: 'TLSv1.2',
    material: { ca: cert, cert: '', key: '' },
  };
}
