/**
 * What a CI system obeys in a log. GitHub takes `::error::`, blanks before it or not, and, as Azure
 * does with `##vso[`, `##[error]` wherever it stands in a line; TeamCity takes `##teamcity[`.
 */
const AT_BEGIN = /^(\s*):(?=:\p{L})/u;
const ANYWHERE = /##(?=\w*\[)/gu;

/** Returns a line of a log with a dot in what a CI system would take for a command. */
export function withoutCommands(line: string): string {
  return line.replace(AT_BEGIN, '$1·').replace(ANYWHERE, '#·');
}

/** Returns JSON that says the same, with an escape in what a CI system would take for a command. */
export function jsonWithoutCommands(json: string): string {
  return json.replace(ANYWHERE, String.raw`#\u0023`);
}
