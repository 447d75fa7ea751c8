import { kindOf } from './catalogue.ts';
import { type DelaySpec, delayText } from './delay-spec.ts';
import type { Setting, SettingValue } from './setting.ts';
import type { ToxicSpec } from './toxic.ts';

/**
 * Returns a toxic as text, as a fault window records it: its settings by their names in code (unit
 * last), its toxicity and stream, and its trigger, ramp and match where it has them. Settings with
 * their default values come last.
 */
export function toxicAttributes(toxic: ToxicSpec): Readonly<Record<string, string>> {
  const settings = Object.entries(kindOf(toxic.type).settings);
  const isSet = ([key, setting]: readonly [string, Setting]): boolean =>
    !('default' in setting) || setting.default !== toxic.settings[key];
  const textsOf = (entries: readonly (readonly [string, Setting])[]): Record<string, string> =>
    Object.fromEntries(
      entries.map(([key, { kind }]) => [key, settingText(kind, toxic.settings[key])]),
    );
  const { trigger, rampNs, match } = toxic;
  return {
    ...textsOf(settings.filter((entry) => isSet(entry))),
    toxicity: String(toxic.toxicity),
    stream: toxic.stream,
    ...(trigger && { trigger: JSON.stringify(trigger) }),
    ...(rampNs !== undefined && { rampNs: String(rampNs) }),
    ...(match && { match: JSON.stringify(match) }),
    ...textsOf(settings.filter((entry) => !isSet(entry))),
  };
}

function settingText(kind: Setting['kind'], value: SettingValue | undefined): string {
  if (kind === 'delay') return delayText(value as DelaySpec);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
