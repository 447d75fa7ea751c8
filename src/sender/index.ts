export {
  startSetupTeardown,
  type MadeSetup,
  type SetupTeardownOptions,
} from './start-setup-teardown.ts';
export { startSender, type Sender, type SenderOptions } from './start-sender.ts';
export type { HeldKind } from './thread-messages.ts';
