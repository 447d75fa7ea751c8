import { jsonObject, jsonString, type JsonText } from './admin-json.ts';
import type { ApiError } from './api-error.ts';

/** What is answered to a request. */
export interface AdminAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Returns the answer that is this JSON. */
export function jsonAnswer(status: number, body: JsonText): AdminAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body };
}

/** Returns an answer without a body. */
export function emptyAnswer(status: number): AdminAnswer {
  return { status, headers: {}, body: '' };
}

/** Returns an answer that is one line of text, as Go's `http.Error` writes it. */
export function textAnswer(status: number, text: string): AdminAnswer {
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    },
    body: `${text}\n`,
  };
}

/** Returns what an error is answered with: JSON that Toxiproxy calls plain text. */
export function errorAnswer(error: ApiError): AdminAnswer {
  return textAnswer(error.status, jsonObject(errorMembers(error)));
}

/** Returns the members of an error's object. */
export function errorMembers(error: ApiError): (readonly [string, JsonText])[] {
  return [
    ['error', jsonString(error.message)],
    ['status', String(error.status)],
  ];
}
