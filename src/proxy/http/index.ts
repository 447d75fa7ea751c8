export { openHttpPath, type HttpPath } from './http-path.ts';
export type { HttpPathContext } from './http-path-context.ts';
