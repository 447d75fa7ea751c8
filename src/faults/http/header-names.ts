import type { SettingFault } from '../toxic-kind.ts';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/u;

/**
 * Headers that say where a message ends and what becomes of its connection. Were they edited, what
 * follows would be read as part of it or never come, which no answer of a service does.
 */
const OF_FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
]);

/** Returns whether a name can stand in a message of HTTP. */
export function isHeaderName(name: string): boolean {
  return TOKEN.test(name);
}

/** Returns what is wrong with the header names that a setting has; nothing where all may be edited. */
export function headerNameFaults(setting: string, names: readonly string[]): SettingFault[] {
  return names.flatMap((seen): SettingFault[] => {
    if (!isHeaderName(seen)) {
      const hint = "Write letters, digits, - or any of !#$%&'*+.^_`|~, without blanks and colons.";
      return [{ name: setting, seen, wanted: 'a header name that HTTP allows', hint }];
    }
    if (!OF_FRAMING.has(seen.toLowerCase())) return [];
    const wanted = `none of ${[...OF_FRAMING].join(', ')}: they say where a message ends`;
    const hint =
      'Leave it out. To cut a body off or to replace it use http_body, to break a connection http_reset.';
    return [{ name: setting, seen, wanted, hint }];
  });
}
