import { ClickHouseError } from '@clickhouse/client';
import { errorText, HarnessError, meetsOpenFileLimit, MORE_OPEN_FILES } from '../core/index.ts';
import { tlsMishap } from './tls-mishap.ts';

/** Names of ClickHouse error codes that the hints and the retries tell apart. */
const REQUIRED_PASSWORD = '194';
const WRONG_PASSWORD = '193';
const UNKNOWN_USER = '192';
const AUTHENTICATION_FAILED = '516';
const NOT_ALLOWED_ADDRESS = '195';
const ACCESS_DENIED = '497';
const UNKNOWN_TABLE = '60';
const UNKNOWN_DATABASE = '81';
const UNKNOWN_SETTING = '115';

const CREDENTIAL_CODES: ReadonlySet<string> = new Set([
  REQUIRED_PASSWORD,
  WRONG_PASSWORD,
  UNKNOWN_USER,
  AUTHENTICATION_FAILED,
  NOT_ALLOWED_ADDRESS,
]);

/**
 * Codes that pass by themselves: timeouts (159, 209), network (210), too many queries (202) or
 * parts (252), memory (241), read-only for now (242), a server that stops (236), an insert of
 * unknown fate (319), keeper (999).
 */
const PASSING_CODES: ReadonlySet<string> = new Set(
  [159, 202, 209, 210, 236, 241, 242, 252, 319, 999].map(String),
);

/**
 * Returns what the client threw as an operational error: STORE_REFUSED where ClickHouse said no,
 * STORE_UNREACHABLE where no answer of ClickHouse came. Neither text holds a password.
 * @param isLocal of the server that callgauge starts by itself, which nobody gave an address of
 */
export function storeError(thrown: unknown, url: string, isLocal = false): HarnessError {
  if (thrown instanceof HarnessError) return thrown;
  if (thrown instanceof ClickHouseError) {
    return new HarnessError(
      'STORE_REFUSED',
      `${url}: ${firstLine(thrown.message)} (code ${thrown.code})`,
      {
        hint: refusalHint(thrown.code),
        cause: thrown,
      },
    );
  }
  const mishap = tlsMishap(thrown);
  if (mishap !== undefined) {
    return new HarnessError(
      'STORE_UNREACHABLE',
      `the ClickHouse server at ${url} cannot be reached by TLS: ${mishap.reason}`,
      { hint: mishap.hint, cause: thrown },
    );
  }
  const reason = networkReason(thrown);
  if (reason === undefined) {
    return new HarnessError(
      'STORE_REFUSED',
      `${url} answers, but not as ClickHouse's HTTP interface does: ${firstLine(errorText(thrown))}`,
      {
        hint: 'The port must be that of the HTTP interface, 8123 by default (8443 with TLS).',
        cause: thrown,
      },
    );
  }
  return new HarnessError(
    'STORE_UNREACHABLE',
    `the ClickHouse server at ${url} does not answer: ${reason}`,
    {
      hint: isLocal ? localHint(reason) : unreachableHint(reason),
      cause: thrown,
    },
  );
}

function localHint(reason: string): string {
  if (meetsOpenFileLimit(reason)) return MORE_OPEN_FILES;
  return 'It is the local server of --dir, whose store.log may say more; the next command ends one that hangs, and starts another.';
}

function unreachableHint(reason: string): string {
  if (meetsOpenFileLimit(reason)) return MORE_OPEN_FILES;
  return /socket hang up|ECONNRESET/iu.test(reason)
    ? 'It closed the connection: where its port is the TLS one (8443 by default), write https:// after --store.'
    : 'Check the address after --store, and that the server runs; without --store the local one is used.';
}

/** Returns whether the same request may succeed if it is sent again a little later. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof HarnessError)) return false;
  if (error.code === 'STORE_UNREACHABLE') return true;
  return error.cause instanceof ClickHouseError
    ? PASSING_CODES.has(error.cause.code)
    : error.code === 'STORE_REFUSED';
}

/** Returns whether the error says that the table or the whole database is not there. */
export function isMissingTable(error: unknown): boolean {
  const cause = error instanceof HarnessError ? error.cause : undefined;
  return (
    cause instanceof ClickHouseError &&
    (cause.code === UNKNOWN_TABLE || cause.code === UNKNOWN_DATABASE)
  );
}

/** Returns whether an error says that the server has no such setting. */
export function isUnknownSetting(error: unknown): boolean {
  const cause = error instanceof HarnessError ? error.cause : undefined;
  return cause instanceof ClickHouseError && cause.code === UNKNOWN_SETTING;
}

function refusalHint(code: string): string {
  if (CREDENTIAL_CODES.has(code)) {
    return 'Give user and password as http://user:password@host:8123/database.';
  }
  if (code === ACCESS_DENIED) {
    return 'The user needs CREATE DATABASE, CREATE TABLE, CREATE VIEW, INSERT and SELECT on the database.';
  }
  if (code === UNKNOWN_TABLE || code === UNKNOWN_DATABASE) {
    return 'Nothing has been stored there yet; check the database of --spans, or at the end of the URL.';
  }
  return 'The message is that of the server; its log may say more.';
}

/** Returns why no answer came, or undefined where something did answer. */
function networkReason(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (thrown instanceof AggregateError) return networkReason(thrown.errors[0]);
  if (/aborted|timeout/iu.test(thrown.message)) return 'no answer in time';
  const code = 'code' in thrown ? String(thrown.code) : '';
  if (/^E[A-Z]+$/u.test(code) || code.startsWith('ERR_')) return thrown.message || code;
  return /socket hang up/iu.test(thrown.message) ? thrown.message : undefined;
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').slice(0, 400);
}
