import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { errorText, HarnessError } from '../core/index.ts';
import { readBytes } from './bounded-file.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { TlsSpec } from './connection-options.ts';
import type { Scenario } from './scenario.ts';
import type { ReachableScenario, ReachableTarget, TlsMaterial } from './ready-scenario.ts';

/** All authorities of a system are a fifth of it. */
const PEM_BYTES_MAX = 1024 * 1024;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/gu;

/**
 * Returns the scenario with the content of the files of its targets' `tls`, deeply frozen. Its
 * references to the environment must be filled in. The material is in the returned scenario only,
 * never in its source, which is stored.
 * @throws TLS_UNUSABLE for a file that cannot be read, is over 1 MiB, is no PEM of its kind, or a
 *   key that is not the certificate's or does not open; the message names target, key and file.
 */
export async function readTlsFiles<S extends Pick<Scenario, 'targets' | 'source'>>(
  scenario: S,
): Promise<Omit<S, 'targets'> & Pick<ReachableScenario, 'targets'>> {
  const folder = dirname(scenario.source.file);
  const targets = await Promise.all(
    scenario.targets.map(async ({ tls, ...target }): Promise<ReachableTarget> => {
      if (tls === undefined) return target;
      const material = await readMaterial(target.name, tls, folder);
      return { ...target, tls: { ...tls, material } };
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
    const location = { target, key: 'key', path: tls.key };
    const privateKey = privateKeyOf(key, tls.passphrase, location);
    if (own?.checkPrivateKey(privateKey) !== true) {
      throw unusable(
        location,
        `must be the key of the first certificate in ${tls.cert}, and is not`,
      );
    }
  }
  return { ca, cert, key };
}

interface Location {
  readonly target: string;
  readonly key: string;
  readonly path: string;
}

function certificatesOf(text: string, location: Location): X509Certificate[] {
  const blocks = text.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) {
    throw unusable(location, 'must hold a certificate in PEM, and holds no BEGIN CERTIFICATE');
  }
  return blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw unusable(location, `holds a certificate, number ${i + 1}, that is damaged`, error);
    }
  });
}

/** The message depends on whether there is a passphrase: the texts of OpenSSL are not used. */
function privateKeyOf(text: string, passphrase: string, location: Location): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/u.test(text)) {
    throw unusable(location, 'must hold a private key in PEM, and holds no BEGIN PRIVATE KEY');
  }
  try {
    return createPrivateKey(passphrase === '' ? text : { key: text, passphrase });
  } catch (error) {
    const isEncrypted = /ENCRYPTED/u.test(text);
    if (!isEncrypted) throw unusable(location, 'holds a private key that is damaged', error);
    const why =
      passphrase === ''
        ? 'is encrypted, and tls.passphrase is missing'
        : 'does not open with tls.passphrase';
    throw unusable(location, why, error);
  }
}

function unusable({ target, key, path }: Location, what: string, cause?: unknown): HarnessError {
  return new HarnessError('TLS_UNUSABLE', `${path} ${what} (targets.${target}.tls.${key})`, {
    hint: 'name a file in PEM; its path is relative to the scenario file',
    ...(cause === undefined ? {} : { cause }),
  });
}
