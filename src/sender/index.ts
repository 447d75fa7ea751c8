export {
  startSetupTeardown,
  type MadeSetup,
  type SetupTeardownOptions,
} from './start-setup-teardown.ts';
export { startSender, type Sender, type SenderOptions } from './start-sender.ts';
export { SpareThreads } from './spare-threads.ts';
export type { CallsBesideLoad } from './run-single-flow.ts';
export type { HeldKind } from './thread-messages.ts';
export { workerCount } from './worker-count.ts';
