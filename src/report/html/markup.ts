import { printable } from '../../core/index.ts';

/** Text of a page that may stand as it is; only {@link html} and {@link joined} make it. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Returns markup with the values in it as text: names come from services, and what would be markup
 * is shown as it is.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Part[]): Markup {
  const markup = parts.reduce((all, part, i) => {
    const value = values[i - 1];
    return all + (value === undefined ? '' : textOf(value)) + part;
  });
  return { markup };
}

/** Returns several one after another. */
export function joined(all: readonly Markup[], between = ''): Markup {
  return { markup: all.map(({ markup }) => markup).join(between) };
}

function textOf(value: Part): string {
  if (typeof value === 'object') return value.markup;
  return printable(String(value)).replace(/[&<>"']/gu, (character) => ENTITIES[character] ?? '');
}
