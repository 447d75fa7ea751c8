/**
 * Returns a text as it is written into a form, application/x-www-form-urlencoded.
 * @see https://url.spec.whatwg.org/#urlencoded-serializing
 */
export function formText(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
