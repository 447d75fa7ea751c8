export { startSender, type Sender, type SenderOptions } from './start-sender.ts';
