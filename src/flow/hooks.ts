import { errorText, HarnessError } from '../core/index.ts';
import type { Hook, HookContext } from './hook-context.ts';
import { importModule } from './import-module.ts';
import type { Scope } from './scope.ts';

/** The functions that a module of hooks exports, by name. */
export type Hooks = ReadonlyMap<string, Hook>;

/** A hook at its position in a flow. */
export interface CompiledHook {
  readonly name: string;
  /**
   * Calls it for an iteration. Returns '' where it did its work, or else why not, `hook sign: ...`,
   * at most 200 characters; a promise of that where it is asynchronous. It never throws or rejects.
   * The scope must not begin another iteration until it is over.
   */
  run(scope: Scope): string | Promise<string>;
}

/** What a hook at one position in a flow has to do with the scope. */
export interface HookPlace {
  /** Returns the context of one call, which throws once `isOver` says so. */
  readonly contextOf: (scope: Scope, isOver: () => boolean) => HookContext;
  /** Returns the first variable that it should have set, and has not. */
  readonly missing: (scope: Scope) => string | undefined;
}

const FAULT_CHARACTERS_MAX = 200;

/**
 * Loads a module of hooks, `path` being absolute, and checks that it exports the functions `names`.
 * Node strips the types of a .ts module.
 * @throws HOOKS_FAILED where it cannot be loaded, or lacks one of them.
 */
export async function loadHooks(path: string, names: readonly string[]): Promise<Hooks> {
  const exported = await loadModule(path);
  const hooks = new Map<string, Hook>();
  for (const name of names) {
    const value = exported[name];
    if (typeof value !== 'function') {
      const functions = Object.keys(exported).filter((key) => typeof exported[key] === 'function');
      throw new HarnessError('HOOKS_FAILED', `${path} exports no function "${name}"`, {
        hint:
          functions.length === 0
            ? 'Write export function in front of it.'
            : `It exports ${functions.join(', ')}.`,
      });
    }
    hooks.set(name, value as Hook);
  }
  return hooks;
}

/** Returns the hook at a position in a flow; where there is no function, running it fails. */
export function compileHook(
  name: string,
  hook: Hook | undefined,
  { contextOf, missing }: HookPlace,
): CompiledHook {
  const failure = (thrown: unknown): string =>
    `hook ${name}: ${errorText(thrown)}`.slice(0, FAULT_CHARACTERS_MAX);
  const settled = (scope: Scope): string => {
    const unset = missing(scope);
    return unset === undefined ? '' : failure(`it has not set ${unset}`);
  };
  return {
    name,
    run: (scope) => {
      if (!hook) return failure('its module is not loaded');
      let isOver = false;
      const over = (outcome: string): string => {
        isOver = true;
        return outcome;
      };
      try {
        const result: unknown = hook(contextOf(scope, () => isOver));
        if (!isThenable(result)) return over(settled(scope));
        return Promise.resolve(result).then(
          () => over(settled(scope)),
          (error: unknown) => over(failure(error)),
        );
      } catch (error) {
        return over(failure(error));
      }
    },
  };
}

/** Whatever can be awaited, not only a Promise. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

async function loadModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await importModule(path);
  } catch (error) {
    throw new HarnessError('HOOKS_FAILED', `cannot load the hooks ${path}: ${errorText(error)}`, {
      hint: 'Check the path, and the module by itself: node MODULE.',
      cause: error,
    });
  }
}
