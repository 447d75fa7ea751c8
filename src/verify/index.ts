export { verifyTuning, type MadeRun, type VerificationQuestion } from './verify.ts';
export type * from './verification.ts';
