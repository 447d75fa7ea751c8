/** An element of Spring's XML; its name without what stands before the colon. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly inner: readonly XmlElement[];
  /** From 1. */
  readonly line: number;
  /** The key that the comment before it gives it; '' for none. */
  readonly edge: string;
}

interface OpenElement extends XmlElement {
  readonly inner: XmlElement[];
}

const ATTRIBUTE = String.raw`\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*')`;
const PART = new RegExp(
  String.raw`<!--(?<comment>[^]*?)-->|<(?<end>/?)(?<name>[\w:.-]+)(?<attributes>(?:${ATTRIBUTE})*)\s*(?<empty>/?)>`,
  'gu',
);

/** Returns all elements, in the order in which they begin. */
export function xmlElements(text: string): readonly XmlElement[] {
  const all: XmlElement[] = [];
  const open: OpenElement[] = [];
  let [line, from, edge] = [1, 0, ''];
  for (const { groups = {}, index } of text.matchAll(PART)) {
    line += text.slice(from, index).split('\n').length - 1;
    from = index;
    const { comment, end, name = '', attributes = '', empty } = groups;
    if (comment !== undefined) edge = /^\s*edge ([\w-]+): /u.exec(comment)?.[1] ?? '';
    else if (end === '/') open.pop();
    else {
      const bare = name.replace(/^.*:/u, '');
      const element = { name: bare, attributes: readAttributes(attributes), inner: [], line, edge };
      edge = '';
      all.push(element);
      open.at(-1)?.inner.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  return all;
}

/** Returns the settings of an element of Dubbo: its attributes, over its `parameter` elements. */
export function settingsOf({ attributes, inner }: XmlElement): ReadonlyMap<string, string> {
  const parameters = inner
    .filter(({ name }) => name === 'parameter')
    .map((one) => [one.attributes.get('key') ?? '', one.attributes.get('value') ?? ''] as const);
  return new Map([...parameters, ...attributes]);
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  const pairs = text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gu);
  return new Map(
    [...pairs].map(([, name = '', double, single]) => [name, unescaped(double ?? single ?? '')]),
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** `${timeout:3000}` of Spring is its default. */
function unescaped(text: string): string {
  const plain = text.replaceAll(/&(\w+);/gu, (all, name: string) => ENTITIES[name] ?? all);
  return /^\$\{[^:}]*:([^}]*)\}$/u.exec(plain)?.[1] ?? plain;
}
