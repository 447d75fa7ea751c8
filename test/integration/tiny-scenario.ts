/** What a test's scenario is to be; the rest is the same for all of them. */
export interface TinyScenario {
  readonly url: string;
  readonly rate: string;
  readonly for: string;
  readonly thresholds?: readonly string[];
  readonly keepHead?: string;
}

/** Returns the text of a scenario with one step against one URL, at a constant rate. */
export function tinyScenario(options: TinyScenario): string {
  const thresholds = options.thresholds ?? ['dropped count == 0'];
  return `name: tiny
seed: 7
targets:
  api: { url: "${options.url}" }
flows:
  look:
    - step: home
      target: api
      timeout: 20s
      http: { path: / }
load:
  - phase: steady
    arrivals: { process: constant, rate: ${options.rate} }
    for: ${options.for}
trace: { keep: { head: ${options.keepHead ?? '10%'}, errors: all, slow: 1% } }
engine: { gracefulStop: 20s }
thresholds:
${thresholds.map((text) => `  - ${text}`).join('\n')}
`;
}
