/** What can be asked for. */
export type AdminAction =
  | 'createProxy'
  | 'createToxic'
  | 'deleteProxy'
  | 'deleteToxic'
  | 'listProxies'
  | 'listToxics'
  | 'metrics'
  | 'populate'
  | 'reset'
  | 'showProxy'
  | 'showToxic'
  | 'touches'
  | 'updateProxy'
  | 'updateToxic'
  | 'version';

/** What a request asks for; as the router that Toxiproxy uses sees it. */
export type AdminRoute =
  | {
      readonly kind: 'action';
      readonly action: AdminAction;
      readonly proxy: string;
      readonly toxic: string;
      /** Behind the `?`; '' for none. */
      readonly query: string;
    }
  /** The path has `//`, `.` or `..` in it: the client is sent to the one without. */
  | { readonly kind: 'moved'; readonly location: string }
  | { readonly kind: 'bad-path' }
  | { readonly kind: 'unknown-path' }
  | { readonly kind: 'unknown-method' };

/** Returns what a request's method and target ask for. */
export function routeOf(method: string, target: string): AdminRoute {
  const [rawPath, query] = splitTarget(target);
  const path = decodedPath(rawPath);
  if (path === undefined) return { kind: 'bad-path' };
  const clean = cleanPath(path);
  if (clean !== path) {
    return { kind: 'moved', location: encodeURI(clean) + (query === undefined ? '' : `?${query}`) };
  }
  const matching = ROUTES.filter(({ pattern }) => pattern.test(path));
  if (matching.length === 0) return { kind: 'unknown-path' };
  const route = matching.find(({ methods }) => methods === '*' || methods.includes(method));
  if (route === undefined) return { kind: 'unknown-method' };
  const { proxy = '', toxic = '' } = route.pattern.exec(path)?.groups ?? {};
  return { kind: 'action', action: route.action, proxy, toxic, query: query ?? '' };
}

interface RoutePattern {
  readonly methods: readonly string[] | '*';
  readonly pattern: RegExp;
  readonly action: AdminAction;
}

const ROUTES: readonly RoutePattern[] = [
  { methods: ['POST'], pattern: /^\/reset$/u, action: 'reset' },
  { methods: ['GET'], pattern: /^\/proxies$/u, action: 'listProxies' },
  { methods: ['POST'], pattern: /^\/proxies$/u, action: 'createProxy' },
  { methods: ['POST'], pattern: /^\/populate$/u, action: 'populate' },
  ...proxyRoutes(String.raw`^/proxies/(?<proxy>[^/]+)`),
  { methods: ['GET'], pattern: /^\/version$/u, action: 'version' },
  { methods: '*', pattern: /^\/metrics$/u, action: 'metrics' },
  // No route of Toxiproxy: who asks learns by the 404 that there is none.
  { methods: ['GET'], pattern: /^\/callgauge\/touches$/u, action: 'touches' },
];

function proxyRoutes(proxy: string): RoutePattern[] {
  const one = new RegExp(`${proxy}$`, 'u');
  const toxics = new RegExp(`${proxy}/toxics$`, 'u');
  const toxic = new RegExp(`${proxy}/toxics/(?<toxic>[^/]+)$`, 'u');
  return [
    { methods: ['GET'], pattern: one, action: 'showProxy' },
    { methods: ['POST', 'PATCH'], pattern: one, action: 'updateProxy' },
    { methods: ['DELETE'], pattern: one, action: 'deleteProxy' },
    { methods: ['GET'], pattern: toxics, action: 'listToxics' },
    { methods: ['POST'], pattern: toxics, action: 'createToxic' },
    { methods: ['GET'], pattern: toxic, action: 'showToxic' },
    { methods: ['POST', 'PATCH'], pattern: toxic, action: 'updateToxic' },
    { methods: ['DELETE'], pattern: toxic, action: 'deleteToxic' },
  ];
}

/** A target may name the server too, `http://127.0.0.1:8474/proxies`, as to a proxy. */
function splitTarget(target: string): [path: string, query?: string] {
  const path = target.replace(/^https?:\/\/[^/?]*/iu, '').replace(/#.*$/su, '');
  const mark = path.indexOf('?');
  return mark < 0 ? [path] : [path.slice(0, mark), path.slice(mark + 1)];
}

function decodedPath(path: string): string | undefined {
  if (/%(?![0-9a-f]{2})/iu.test(path)) return undefined;
  const bytes = path.replaceAll(/(?:%[0-9a-f]{2})+/giu, (codes) =>
    Buffer.from(codes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
  return bytes.toWellFormed();
}

/** Without empty, `.` and `..` parts; a slash at the end stays. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const clean = `/${parts.join('/')}`;
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean;
}
