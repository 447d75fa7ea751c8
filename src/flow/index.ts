export { Answer } from './answer.ts';
export type { RenderedRequest } from './rendered-request.ts';
