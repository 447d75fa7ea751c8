import { Document, type Node } from 'yaml';

/** The CI systems for which a file is written. */
export const CI_SYSTEMS = ['github', 'gitlab'] as const;
export type CiSystem = (typeof CI_SYSTEMS)[number];

export interface CiParts {
  /** The scenario's file, relative to the repository, as a shell takes it. */
  readonly scenario: string;
  /** Of callgauge, as npm has it. */
  readonly version: string;
  /** The variables of the environment that the scenario needs. */
  readonly variables: readonly string[];
  /** The urls of its targets. */
  readonly urls: readonly string[];
}

/** Where the file of a CI system is, from the root of the repository. */
export const CI_PATHS: Readonly<Record<CiSystem, string>> = {
  github: '.github/workflows/callgauge.yml',
  gitlab: '.gitlab/callgauge.yml',
};

/** Returns the file that has a CI system run the scenario and show its result. */
export function ciFile(system: CiSystem, parts: CiParts): string {
  return system === 'github' ? githubFile(parts) : gitlabFile(parts);
}

/** A run, its start, and what it stores. */
const MINUTES = 15;

function githubFile(parts: CiParts): string {
  const { scenario, variables } = parts;
  const program = programOf(parts);
  const document = new Document({
    name: 'callgauge',
    on: { pull_request: {}, workflow_dispatch: {} },
    permissions: { contents: 'read' },
    jobs: {
      callgauge: {
        'runs-on': 'ubuntu-latest',
        'timeout-minutes': MINUTES,
        steps: [
          { uses: 'actions/checkout@v6' },
          { uses: 'actions/setup-node@v6', with: { 'node-version': 24 } },
          {
            name: 'Run the scenario',
            run: `${program} run ${scenario} --output github --output junit=callgauge.xml`,
            ...(variables.length > 0 && { env: secretsOf(variables) }),
          },
          {
            name: 'Keep the result',
            if: 'always()',
            uses: 'actions/upload-artifact@v6',
            with: { name: 'callgauge', path: 'callgauge.xml', 'if-no-files-found': 'ignore' },
          },
        ],
      },
    },
  });
  const steps = ['jobs', 'callgauge', 'steps'];
  before(
    document,
    [...steps, 2],
    [
      'Start what the scenario calls in a step before this one:',
      ...parts.urls.map((url) => `  ${url}`),
      ...codesAndBaseline(program),
    ],
  );
  return document.toString({ lineWidth: 0 });
}

function gitlabFile(parts: CiParts): string {
  const program = programOf(parts);
  const document = new Document({
    callgauge: {
      image: 'node:24',
      timeout: `${MINUTES} minutes`,
      script: [
        `${program} run ${parts.scenario} --output junit=callgauge.xml --output openmetrics=callgauge-metrics.txt`,
      ],
      artifacts: {
        when: 'always',
        reports: { junit: 'callgauge.xml', metrics: 'callgauge-metrics.txt' },
      },
    },
  });
  document.commentBefore = commented([
    'Take it into .gitlab-ci.yml:',
    '  include: { local: .gitlab/callgauge.yml }',
    ...(parts.variables.length === 0
      ? []
      : [`Set as masked variables of the project: ${parts.variables.join(', ')}`]),
  ]);
  before(
    document,
    ['callgauge', 'script', 0],
    [
      'Start what the scenario calls before it, or as one of the job\'s "services":',
      ...parts.urls.map((url) => `  ${url}`),
      ...codesAndBaseline(program),
    ],
  );
  return document.toString({ lineWidth: 0 });
}

function codesAndBaseline(program: string): readonly string[] {
  return [
    'Ends with 99 where a threshold fails, 121 where the sample is too small, 122 where this',
    'machine was too slow to tell. To hold a change against the version that you keep, make that',
    `one's run here, ${program} baseline latest > baseline.json, commit the file,`,
    'and add --baseline baseline.json to the run: 120 is a regression then.',
  ];
}

/** The same version each time: another could measure otherwise. */
function programOf({ version }: CiParts): string {
  return `npx --yes callgauge@${version}`;
}

function secretsOf(variables: readonly string[]): Record<string, string> {
  return Object.fromEntries(variables.map((name) => [name, `\${{ secrets.${name} }}`]));
}

function before(
  document: Document,
  path: readonly (string | number)[],
  lines: readonly string[],
): void {
  const node = document.getIn(path, true) as Node;
  node.commentBefore = commented(lines);
}

function commented(lines: readonly string[]): string {
  return lines.map((line) => ` ${line}`).join('\n');
}
