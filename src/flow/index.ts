export { Answer } from './answer.ts';
export {
  compileFlows,
  hookNames,
  sharedValues,
  type CompiledFlow,
  type CompiledFlows,
  type CompileOptions,
  type SharedValues,
} from './compile-flows.ts';
export type { CookieJar } from './cookie-jar.ts';
export type { CompiledStep } from './compiled-step.ts';
export type { Hook, HookContext } from './hook-context.ts';
export { loadHooks, type CompiledHook, type Hooks } from './hooks.ts';
export { CALL, END, FORK, HOOK, JOIN, THINK, type Action, type FlowProgram } from './program.ts';
export { isRedirect, type RedirectTarget } from './redirect.ts';
export type { RenderedRequest } from './rendered-request.ts';
export { Scope } from './scope.ts';
