import * as z from 'zod';
import { type ExactNumber, isNumeric } from '../../core/index.ts';
import { readTemplate, type HoleForm } from '../template.ts';
import { text, type Help } from './quantities.ts';

type Issues = z.core.$RefinementCtx;

/** Texts and values of a step that are filled in for every call, whatever its protocol. */

/** What a header may be called. */
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u;

/** Of a status that may be one of any protocol, since it is not a number. */
export const ONE_STATUS_WANTED =
  'must be a status such as 201, a class such as 2xx, or of gRPC a name such as NOT_FOUND';

/** A text whose references are filled in for every call; not empty. */
export function callText(wanted: string, form: HoleForm, help: Help) {
  return text(wanted, help).superRefine(referencesIn(form));
}

/** The same, or an empty one. */
export function callTextOrEmpty(wanted: string, form: HoleForm, help: Help) {
  return z
    .string({ error: wanted })
    .meta({ ...help })
    .superRefine(referencesIn(form));
}

function referencesIn(form: HoleForm) {
  return (value: string, context: Issues): void => {
    for (const { message, hint, character } of readTemplate(value, form).problems) {
      context.addIssue({ code: 'custom', message, params: { whole: true, hint, character } });
    }
  };
}

/** A number that keeps every digit that it is written with. */
export function jsonNumber(error: string) {
  return z.custom<number | ExactNumber>(isNumeric, { error }).meta({ jsonType: 'number' });
}

/** Returns whether a value can be written as JSON. */
export function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isJson);
}

/** Reports the problems of references in the texts of a JSON value, each at its location. */
export function jsonTexts(
  value: unknown,
  context: Issues,
  path: readonly PropertyKey[] = [],
): void {
  if (typeof value === 'string') {
    for (const { message, hint, character } of readTemplate(value, 'json-text').problems) {
      const params = { whole: true, hint, character };
      context.addIssue({ code: 'custom', message, path: [...path], params });
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value) && key.includes('${')) {
        const message = `key "${key}" must hold no reference`;
        const hint = 'References stand in values.';
        context.addIssue({
          code: 'custom',
          message,
          path: [...path, key],
          params: { whole: true, hint },
        });
      }
      jsonTexts(inner, context, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  }
}
