import type { ScenarioFile } from '../file/scenario-file.ts';
import { allEntriesIn } from '../flow-entries.ts';
import type { Problem } from '../problem.ts';
import { kindsOfStep, PROTOCOL_KINDS, VERSIONS } from '../protocols/index.ts';
import { hasReference } from '../references.ts';
import { ownValue } from '../select.ts';
import { isMultiplexed, kindOfTarget, protocolOf } from '../target-protocol.ts';
import { targetUrlProblem } from '../target-url.ts';

/** Urls that are http whatever the environment says; of others the driver finds it. */
const HTTP_URL = /^(?:http:|\$\{(?:services|proxies)\.[^}]*\})/iu;

/** Returns a problem for everything that does not go with the protocol of a target. */
export function protocolProblems(file: ScenarioFile): Problem[] {
  return [...otherSteps(file), ...otherUrls(file), ...streamsOfNone(file), ...viaInTheClear(file)];
}

/** A step whose target speaks another protocol than it does. */
function otherSteps(file: ScenarioFile): Problem[] {
  return allEntriesIn(file).flatMap(({ entry, path: at }): Problem[] => {
    const { target = '' } = entry;
    const [kind] = kindsOfStep(entry);
    const spoken = kindOfTarget(target, file);
    if (kind === undefined || kind === spoken || !ownValue(file.targets, target)) return [];
    const path = [...at, 'target'];
    const message = `a step with ${kind.name} calls the target "${target}"`;
    if (kind === PROTOCOL_KINDS[0]) {
      const hint = `Name the same url under a target of its own for the steps with ${kind.name}.`;
      return [{ path, part: 'value', message: `${message}, which speaks ${spoken.title}`, hint }];
    }
    const whose = `whose protocol is ${protocolOf(target, file)}`;
    const hint = `Write protocol: ${Object.keys(kind.versions)[0]} under ${target}.`;
    return [{ path, part: 'value', message: `${message}, ${whose}`, hint }];
  });
}

/** A url with the scheme of another protocol. */
function otherUrls(file: ScenarioFile): Problem[] {
  return Object.entries(file.targets).flatMap(([name, { url, endpoints = [] }]): Problem[] => {
    const kind = kindOfTarget(name, file);
    const hint = `The target speaks ${kind.title}: give it such a url, or another protocol.`;
    const urls = [
      { text: url, key: 'url', path: ['url'] },
      ...endpoints.map((text, i) => ({ text, key: `endpoints[${i}]`, path: ['endpoints', i] })),
    ];
    return urls.flatMap(({ text, key, path }): Problem[] => {
      const wanted = hasReference(text) ? undefined : targetUrlProblem(text, kind.schemes);
      if (wanted === undefined) return [];
      const message = `${key} ${wanted}, got ${JSON.stringify(text)}`;
      return [{ path: ['targets', name, ...path], part: 'value', message, hint }];
    });
  });
}

function streamsOfNone(file: ScenarioFile): Problem[] {
  const able = [...VERSIONS].flatMap(([name, version]) => (version.isMultiplexed ? name : []));
  return Object.entries(file.targets).flatMap(([name, { streams }]): Problem[] => {
    if (streams === undefined || isMultiplexed(protocolOf(name, file))) return [];
    const message = `${name} must have protocol: ${able.join(' or ')} beside streams`;
    const hint = `Write protocol: ${able[0]} under ${name}, or leave streams out.`;
    return [{ path: ['targets', name], part: 'value', message, hint }];
  });
}

/**
 * HTTP/2 in the clear through a proxy: an HTTP proxy forwards such requests as HTTP/1.1 only, so
 * the target would not be spoken to as it expects. An https url goes through by CONNECT, whatever
 * is spoken behind it.
 */
function viaInTheClear(file: ScenarioFile): Problem[] {
  return Object.entries(file.targets).flatMap(([name, target]): Problem[] => {
    const { via, url, endpoints = [] } = target;
    const protocol = protocolOf(name, file);
    const inTheClear = [url, ...endpoints].find((one) => HTTP_URL.test(one));
    if (via === undefined || !isMultiplexed(protocol) || inTheClear === undefined) return [];
    const message = `via cannot stand beside ${protocol} to an http url, got ${inTheClear}`;
    const hint = `Give ${name} an https url, which goes through the proxy by CONNECT, or leave via out.`;
    return [{ path: ['targets', name, 'via'], part: 'key', message, hint }];
  });
}
