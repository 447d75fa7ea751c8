export { httpDriver, type HttpDriverOptions } from './http-driver.ts';
export { targetAddress, type TargetAddress } from './target-address.ts';
