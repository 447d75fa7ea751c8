import { posix } from 'node:path';

/** Text, comments and the rest of a .proto file; a comment may hold what looks like an import. */
const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|import\s+(?:public\s+|weak\s+)?(["'])([^"'\n]+)\1\s*;|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/gu;

/** Returns the names that a .proto file imports, in their order. */
export function importsOf(text: string): readonly string[] {
  return [...text.matchAll(TOKEN)].flatMap((match) => match[2] ?? []);
}

/**
 * Returns the path under which the file that is imported as `name` from a folder is kept: absolute
 * where either is, else from the scenario file's folder.
 */
export function protoPath(folder: string, name: string): string {
  return posix.normalize(posix.isAbsolute(name) ? name : posix.join(folder, name));
}
