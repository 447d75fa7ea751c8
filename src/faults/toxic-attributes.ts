import { kindOf } from './catalogue.ts';
import type { ToxicSpec } from './toxic.ts';

/**
 * Returns what a toxic was told as text, as a fault window keeps it: its settings by the name that
 * its code knows them by (a unit stands last in it), its toxicity and its stream.
 */
export function toxicAttributes(toxic: ToxicSpec): Readonly<Record<string, string>> {
  const { settings } = kindOf(toxic.type);
  const told = Object.keys(settings).map((key) => {
    const value = toxic.settings[key];
    return [key, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const;
  });
  return {
    ...Object.fromEntries(told),
    stream: toxic.stream,
    toxicity: String(toxic.toxicity),
  };
}
