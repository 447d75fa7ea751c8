import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  compileFlows,
  type Hook,
  type HookContext,
  hookNames,
  loadHooks,
  sharedValues,
} from '../../src/flow/index.ts';
import { asReady, parseScenario } from '../../src/scenario/index.ts';
import { fileOf, scopeOf } from './flow-texts.ts';

const folder = mkdtempSync(join(tmpdir(), 'hooks-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const scenario = parseScenario(
  fileOf(`hooks: hooks.ts
feeders: { users: { rows: [{ id: 7 }] } }
flows:
  first:
    - { hook: sign, sets: [signature] }
    - { hook: late }
    - { hook: wrong }
    - { hook: throwing }
    - { hook: rejecting }
    - { hook: lazy, sets: [other] }
    - { hook: odd, sets: [other] }
    - { hook: dotted, sets: [signature] }
    - { step: s, target: orders, http: { path: "/\${signature}" } }
`),
  'flows.yaml',
);

const MODULE = `
type Context = { number: number; get(name: string): unknown; set(name: string, value: unknown): void };
export function sign(context: Context): void {
  context.set('signature', \`\${context.get('users.id')}-\${context.number}\`);
}
export async function late(): Promise<void> {}
export function wrong(context: Context): void { context.set('other', 1); }
export function lazy(): void {}
export function dotted(context: Context): void { context.set('signature', '..'); }
export function odd(context: Context): void { context.set('other', () => 1); }
export function throwing(): void { throw new Error('no key'); }
export async function rejecting(): Promise<void> { throw new Error('later'); }
`;

describe('hooks', () => {
  test('get and set variables; what they throw is data', async () => {
    const hooks = await loadHooks(written('hooks.ts', MODULE), hookNames(scenario));
    const flows = compileFlows(asReady(scenario), { hooks });
    const scope = scopeOf(flows, 3);
    const program = flows.flows[0]?.program;
    const run = (at: number): unknown => program?.hook(at)?.run(scope);
    expect(run(0)).toBe('');
    expect(flows.flows[0]?.steps[0]?.render(scope).path).toBe('/7-3');
    await expect(run(1)).resolves.toBe('');
    expect(run(2)).toBe('hook wrong: its flow does not name other under sets');
    expect(run(3)).toBe('hook throwing: no key');
    await expect(run(4)).resolves.toBe('hook rejecting: later');
    expect(run(5)).toBe('hook lazy: it has not set other');
    expect(run(6)).toBe('hook odd: other must be a JSON value');
    expect(run(7)).toBe(
      'hook dotted: signature is used in a path: it is one dot or two, which leads out of its place in a path',
    );
  });

  describe('a context', () => {
    const only = parseScenario(
      fileOf(`hooks: hooks.ts
flows:
  first:
    - { hook: keep, sets: [kept] }
    - { step: s, target: orders, http: { path: /, headers: { x: "\${kept}" } } }
`),
      'flows.yaml',
    );
    const compiled = (hook: (context: HookContext) => unknown) => {
      const flows = compileFlows(asReady(only), { hooks: new Map([['keep', hook as Hook]]) });
      const scope = scopeOf(flows);
      return { flows, scope, run: () => flows.flows[0]?.program.hook(0)?.run(scope) };
    };

    test('keeps a copy of what was set; what is shared cannot be changed', () => {
      const given = { list: [1], drop: () => 1 };
      const { flows, scope, run } = compiled((context) => context.set('kept', given));
      expect(run()).toBe('');
      given.list.push(2);
      expect(scope.values).toEqual([{ list: [1] }]);
      flows.share(structuredClone(sharedValues(scope)));
      const [shared] = scopeOf(flows).values as [{ list: number[] }];
      expect(() => shared.list.push(3)).toThrow(TypeError);
    });

    test('throws once the hook is over', () => {
      let late: HookContext | undefined;
      const { run } = compiled((context) => {
        context.set('kept', 1);
        late = context;
      });
      expect(run()).toBe('');
      expect(() => late?.set('kept', 2)).toThrow('the hook is over');
      expect(() => late?.get('kept')).toThrow('the hook is over');
      expect(() => late?.random()).toThrow('the hook is over');
    });

    test('lasts until whatever the hook returns has settled', async () => {
      const { run } = compiled((context) => ({
        // oxlint-disable-next-line unicorn/no-thenable -- it is what is tested
        then: (settled: () => void) => {
          context.set('kept', 1);
          settled();
        },
      }));
      await expect(run()).resolves.toBe('');
    });
  });

  test('a module that lacks one is refused', async () => {
    const path = written('few.ts', 'export function sing(): void {}\n');
    await expect(loadHooks(path, ['sign'])).rejects.toMatchObject({
      code: 'HOOKS_FAILED',
      message: `${path} exports no function "sign"`,
      hint: 'It exports sing.',
    });
  });

  test('a module that cannot be loaded is refused', async () => {
    await expect(loadHooks(join(folder, 'none.ts'), [])).rejects.toMatchObject({
      code: 'HOOKS_FAILED',
    });
  });
});
