import { referencesIn, type Reference } from './references.ts';

/**
 * Returns whether a text is one reference to the environment and nothing else, without a default:
 * all that a secret may be in a file that is stored.
 */
export function isSecretReference(text: string): boolean {
  const { references, problems } = referencesIn(text);
  const [only] = references;
  return problems.length === 0 && only?.text === text && isWithoutDefault(only);
}

/**
 * Returns whether a url with references, which are all well-formed, holds a password that is
 * written down: one that is not a reference to the environment alone, or that is in a default.
 */
export function holdsPassword(url: string): boolean {
  const { references } = referencesIn(url);
  if (references.some((r) => r.kind === 'env' && r.fallback?.includes('@') === true)) return true;
  // The inside of references says nothing of the url around them.
  const masked = references.reduce((text, r) => text.replace(r.text, MASK), url);
  const userEnd = masked.lastIndexOf('@');
  if (userEnd < 0) return false;
  const before = masked.slice(0, userEnd);
  const user = before.replace(/^[^:/@]*:\/\//u, '');
  const inUser = references.slice(masksIn(before) - masksIn(user), masksIn(before));
  if (!inUser.every(isWithoutDefault)) return true;
  const colon = user.indexOf(':');
  // A value that brings the colon itself would have what follows it for a password.
  if (colon < 0) return user !== MASK && masksIn(user) > 0;
  const password = user.slice(colon + 1);
  return password !== '' && password !== MASK;
}

/** Stands for a reference: a character that no url has. */
const MASK = '\u{E000}';

function masksIn(text: string): number {
  return text.split(MASK).length - 1;
}

function isWithoutDefault(reference: Reference): boolean {
  return reference.kind === 'env' && reference.fallback === undefined;
}
