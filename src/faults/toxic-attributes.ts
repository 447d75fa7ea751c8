import { kindOf } from './catalogue.ts';
import type { DelaySpec } from './delay-spec.ts';
import { delayText } from './delay-text.ts';
import type { SettingValue } from './setting.ts';
import type { ToxicSpec } from './toxic.ts';

/**
 * Returns what a toxic was told as text, as a fault window keeps it: its settings by the name that
 * its code knows them by (a unit stands last in it), its toxicity and its stream, and what it has of
 * trigger, ramp and match.
 */
export function toxicAttributes(toxic: ToxicSpec): Readonly<Record<string, string>> {
  const { settings } = kindOf(toxic.type);
  const told = Object.entries(settings).map(([key, { kind }]) => {
    const value = toxic.settings[key];
    return [key, kind === 'delay' ? delayText(value as DelaySpec) : settingText(value)] as const;
  });
  const { trigger, rampNs, match } = toxic;
  return {
    ...Object.fromEntries(told),
    stream: toxic.stream,
    toxicity: String(toxic.toxicity),
    ...(trigger && { trigger: JSON.stringify(trigger) }),
    ...(rampNs !== undefined && { rampNs: String(rampNs) }),
    ...(match && { match: JSON.stringify(match) }),
  };
}

function settingText(value: SettingValue | undefined): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
