export { planFaults, type FaultAction, type PhaseStart } from './fault-plan.ts';
export { LinkChain, type ChainIdentity, type NamedToxic } from './link-chain.ts';
export type { Chunk, Inlet, Link, LinkContext, LinkOutput } from './link.ts';
export { faultsDuring, faultsInPath, proxyCalled, type ProxyAddress } from './stamp-faults.ts';
export { toxicAttributes } from './toxic.ts';
