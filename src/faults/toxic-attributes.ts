import { kindOf } from './catalogue.ts';
import type { DelaySpec } from './delay-spec.ts';
import { delayText } from './delay-text.ts';
import type { Setting, SettingValue } from './setting.ts';
import type { ToxicSpec } from './toxic.ts';

/**
 * Returns what a toxic was told as text, as a fault window keeps it: its settings by the name that
 * its code knows them by (a unit stands last in it), its toxicity and its stream, and what it has of
 * trigger, ramp and match. Settings that are as they are unless told come last.
 */
export function toxicAttributes(toxic: ToxicSpec): Readonly<Record<string, string>> {
  const settings = Object.entries(kindOf(toxic.type).settings);
  const isTold = ([key, setting]: readonly [string, Setting]): boolean =>
    !('default' in setting) || setting.default !== toxic.settings[key];
  const textsOf = (entries: readonly (readonly [string, Setting])[]): Record<string, string> =>
    Object.fromEntries(
      entries.map(([key, { kind }]) => [key, settingText(kind, toxic.settings[key])]),
    );
  const { trigger, rampNs, match } = toxic;
  return {
    ...textsOf(settings.filter((entry) => isTold(entry))),
    toxicity: String(toxic.toxicity),
    stream: toxic.stream,
    ...(trigger && { trigger: JSON.stringify(trigger) }),
    ...(rampNs !== undefined && { rampNs: String(rampNs) }),
    ...(match && { match: JSON.stringify(match) }),
    ...textsOf(settings.filter((entry) => !isTold(entry))),
  };
}

function settingText(kind: Setting['kind'], value: SettingValue | undefined): string {
  if (kind === 'delay') return delayText(value as DelaySpec);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
