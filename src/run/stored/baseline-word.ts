/** Returns whether a word names a baseline file, and no run. */
export function isBaselineFile(word: string): boolean {
  return /[./\\]/u.test(word);
}
