export { startOnce, type MadeSetup, type OnceOptions } from './start-once.ts';
export { startSender, type Sender, type SenderOptions } from './start-sender.ts';
