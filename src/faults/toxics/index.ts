export { latency } from './latency.ts';
export { resetPeer } from './reset-peer.ts';
