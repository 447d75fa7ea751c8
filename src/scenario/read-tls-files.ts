import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { errorText, HarnessError } from '../core/index.ts';
import { readBytes } from './bounded-file.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { TlsMaterial, TlsSpec } from './reach-spec.ts';
import type { Scenario, TargetSpec } from './scenario.ts';

/** All authorities of a system are a fifth of it. */
const PEM_BYTES_MAX = 1024 * 1024;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/gu;

/**
 * Returns the scenario with what stands in the files of its targets' `tls`, deeply frozen. Its
 * references to the environment must be filled in. The material is in the returned scenario only,
 * never in its source, which is stored.
 * @throws TLS_UNUSABLE for a file that cannot be read, is over 1 MiB, is no PEM of its kind, or a key that is not
 * the certificate's or does not open; the message names target, key and file.
 */
export async function readTlsFiles(scenario: Scenario): Promise<Scenario> {
  const folder = dirname(scenario.source.file);
  const targets = await Promise.all(
    scenario.targets.map(async (target): Promise<TargetSpec> => {
      if (target.tls === undefined) return target;
      const material = await readMaterial(target.name, target.tls, folder);
      return { ...target, tls: { ...target.tls, material } };
    }),
  );
  return deepFreeze({ ...scenario, targets });
}

async function readMaterial(target: string, tls: TlsSpec, folder: string): Promise<TlsMaterial> {
  const read = async (key: 'ca' | 'cert' | 'key'): Promise<string> => {
    const path = tls[key];
    if (path === '') return '';
    try {
      const wanted = { bytesMax: PEM_BYTES_MAX, what: 'a file in PEM' };
      return (await readBytes(resolve(folder, path), wanted)).toString('utf8');
    } catch (error) {
      const why = errorText(error instanceof Error ? (error.cause ?? error) : error);
      throw unusable({ target, key, path }, `cannot be read: ${why}`, error);
    }
  };
  const [ca, cert, key] = await Promise.all([read('ca'), read('cert'), read('key')]);
  if (ca !== '') certificatesOf(ca, { target, key: 'ca', path: tls.ca });
  if (cert !== '') {
    const [own] = certificatesOf(cert, { target, key: 'cert', path: tls.cert });
    const place = { target, key: 'key', path: tls.key };
    const privateKey = privateKeyOf(key, tls.passphrase, place);
    if (own?.checkPrivateKey(privateKey) !== true) {
      throw unusable(place, `must be the key of the first certificate in ${tls.cert}, and is not`);
    }
  }
  return { ca, cert, key };
}

interface Place {
  readonly target: string;
  readonly key: string;
  readonly path: string;
}

function certificatesOf(text: string, place: Place): X509Certificate[] {
  const blocks = text.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) {
    throw unusable(place, 'must hold a certificate in PEM, and holds no BEGIN CERTIFICATE');
  }
  return blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw unusable(place, `holds a certificate, number ${i + 1}, that is damaged`, error);
    }
  });
}

/** What goes wrong in it is told by whether there is a passphrase: the texts of OpenSSL are not. */
function privateKeyOf(text: string, passphrase: string, place: Place): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/u.test(text)) {
    throw unusable(place, 'must hold a private key in PEM, and holds no BEGIN PRIVATE KEY');
  }
  try {
    return createPrivateKey(passphrase === '' ? text : { key: text, passphrase });
  } catch (error) {
    const isEncrypted = /ENCRYPTED/u.test(text);
    if (!isEncrypted) throw unusable(place, 'holds a private key that is damaged', error);
    const why =
      passphrase === ''
        ? 'is encrypted, and tls.passphrase is missing'
        : 'does not open with tls.passphrase';
    throw unusable(place, why, error);
  }
}

function unusable({ target, key, path }: Place, what: string, cause?: unknown): HarnessError {
  return new HarnessError('TLS_UNUSABLE', `${path} ${what} (targets.${target}.tls.${key})`, {
    hint: 'name a file in PEM; its path is relative to the scenario file',
    ...(cause === undefined ? {} : { cause }),
  });
}
