export { ModelledDriver, type Answer } from './modelled-driver.ts';
export { ModelledSaturator } from './modelled-saturator.ts';
export { VirtualRun, type VirtualRunOptions } from './virtual-run.ts';
