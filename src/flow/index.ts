export { Answer } from './answer.ts';
export {
  compileFlows,
  hookNames,
  type CompiledFlow,
  type CompiledFlows,
  type CompileOptions,
} from './compile-flows.ts';
export type { CompiledStep } from './compiled-step.ts';
export type { Hook, HookContext } from './hook-context.ts';
export { loadHooks, type CompiledHook, type Hooks } from './hooks.ts';
export { CALL, END, FORK, HOOK, JOIN, THINK, type Action, type FlowProgram } from './program.ts';
export type { RenderedRequest } from './rendered-request.ts';
export { Scope } from './scope.ts';
