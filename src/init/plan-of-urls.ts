import { HarnessError, isUnixUrl, requestUrlOf, socketPathOf } from '../core/index.ts';
import { Names, scenarioName, type FirstPlan, type FirstStep } from './first-plan.ts';

/**
 * Returns the plan of a scenario with one GET for each url, in their order; equal ones are one.
 * @throws USAGE_INVALID for what is no url that a scenario can call
 */
export function planOfUrls(urls: readonly string[]): Omit<FirstPlan, 'ratePerSec'> {
  const targetNames = new Names();
  const stepNames = new Names();
  const targets = new Map<string, string>();
  const steps = [...new Set(urls)].map((text): FirstStep => {
    const { url, path } = partsOf(text);
    const known = targets.get(url);
    const target = known ?? targetNames.nearest(hostName(url), 'api');
    targets.set(url, target);
    const [plainPath = ''] = path.split('?', 1);
    return {
      name: stepNames.nearest(`get-${plainPath.replaceAll('/', '-')}`, 'get'),
      target,
      method: 'GET',
      path,
      headers: {},
      body: undefined,
      statuses: [],
      origin: `GET ${plainPath}`,
      remarks: [],
      variables: variablesIn(path),
    };
  });
  const [first] = targets.keys();
  return {
    name: scenarioName(targets.size === 1 ? (targets.get(first ?? '') ?? '') : 'first'),
    from: [...targets.keys()].join(', '),
    targets: [...targets].map(([url, name]) => ({ name, url })),
    steps,
  };
}

/** The target's part of a url, and the path with its query as it was written. */
function partsOf(text: string): { readonly url: string; readonly path: string } {
  const url = /^(?:https?:\/\/|unix:)/u.test(text) ? requestUrlOf(text) : null;
  if (url === null || /[\s#]/u.test(text)) {
    throw new HarnessError(
      'USAGE_INVALID',
      `URL must be a URL with http://, https:// or unix:, without spaces and #, got ${text}`,
      { hint: 'Write http://127.0.0.1:8080/path, say, or name an OpenAPI file that is there.' },
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new HarnessError('USAGE_INVALID', 'URL must be without user and password', {
      hint: 'Write the scenario without them, then send them as a header: "${env.NAME}".',
    });
  }
  const socketPath = socketPathOf(text);
  const begin = socketPath === undefined ? url.origin : `unix:${socketPath}`;
  // References stay as they are written: a URL would encode their braces.
  const [, written = ''] = /^(?:https?:\/\/[^/?]*|unix:[^:]*:?)(.*)$/u.exec(text) ?? [];
  return { url: begin, path: written.startsWith('/') ? written : `/${written}` };
}

/** Of a name its first part; an address says nothing. */
function hostName(url: string): string {
  if (isUnixUrl(url)) return /([^/]+?)(?:\.\w+)?$/u.exec(url)?.[1] ?? '';
  const { hostname } = new URL(url);
  return hostname === 'localhost' || /^[\d.]+$|:/u.test(hostname)
    ? 'api'
    : (hostname.split('.')[0] ?? '');
}

const VARIABLE = /(?<!\$)\$\{env\.([A-Za-z_]\w*)\}/gu;

function variablesIn(text: string): readonly string[] {
  return [...text.matchAll(VARIABLE)].map(([, name = '']) => name);
}
