/**
 * Returns JSON without the comments and trailing commas that .NET and JavaScript take in it; its
 * lines stay where they are.
 */
export function plainJson(text: string): string {
  const parts = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//gu;
  const bare = text.replace(parts, (part) =>
    part.startsWith('"') ? part : part.replaceAll(/[^\n]/gu, ' '),
  );
  return bare.replaceAll(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/gu, (part) =>
    part === ',' ? '' : part,
  );
}
