export { readDescription, type Description, type Dialect } from './description.ts';
export { loadDescription, type LoadedDescription } from './load-description.ts';
export {
  operationsOf,
  type Operation,
  type OperationChoice,
  type Operations,
  type SkippedOperation,
} from './operations.ts';
export { serverUrls } from './servers.ts';
