import { msFromNs } from '../../core/index.ts';
import {
  kindOf,
  settingsToWire,
  type RequestMatch,
  type Toxic,
  type Trigger,
} from '../../faults/index.ts';
import { jsonFloat32, jsonObject, jsonString, jsonValue, type JsonText } from './json-encoding.ts';

/** Returns a toxic as Toxiproxy writes it, with what is callgauge's own only where it is set. */
export function toxicJson(toxic: Toxic): JsonText {
  const { name, type, stream, toxicity, trigger, rampNs, match } = toxic;
  return jsonObject([
    ['attributes', jsonValue(settingsToWire(kindOf(type), toxic.settings))],
    ['name', jsonString(name)],
    ['type', jsonString(type)],
    ['stream', jsonString(stream)],
    ['toxicity', jsonFloat32(toxicity)],
    ...(trigger === undefined ? [] : ([['trigger', jsonValue(wireTrigger(trigger))]] as const)),
    ...(rampNs === undefined ? [] : ([['ramp', jsonValue(msFromNs(rampNs))]] as const)),
    ...(match === undefined ? [] : ([['match', jsonValue(wireMatch(match))]] as const)),
  ]);
}

function wireTrigger({ first, every, after, window }: Trigger): unknown {
  return {
    first,
    every,
    after,
    window: window && { from: msFromNs(window.fromNs), for: msFromNs(window.forNs) },
  };
}

function wireMatch({ methods, path, headers, trace, baggage }: RequestMatch): unknown {
  return { methods, path, headers, trace, baggage };
}
