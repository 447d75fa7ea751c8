const SHOWN_MAX = 20;

/** Returns the names for a message, those past the first 20 as their number; `none` of none. */
export function nameList(names: Iterable<string>): string {
  const all = [...names];
  const more = all.length > SHOWN_MAX ? ` and ${all.length - SHOWN_MAX} more` : '';
  return `${all.slice(0, SHOWN_MAX).join(', ') || 'none'}${more}`;
}
