import type { HttpRequestSpec } from './flow-spec.ts';
import { hasHole, templateText } from './template.ts';

/** Returns the request of templates, which are left out where nothing in them is filled in. */
export function requestFrom(
  method: string,
  templates: NonNullable<HttpRequestSpec['templates']>,
): HttpRequestSpec {
  const { path, headers, body } = templates;
  const texts = {
    method,
    path: templateText(path),
    headers: headers.map(([name, value]) => [name, templateText(value)] as const),
    body: templateText(body),
  };
  const all = [path, body, ...headers.map(([, value]) => value)];
  return all.some(hasHole) ? { ...texts, templates } : texts;
}
