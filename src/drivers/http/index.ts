export { dial, type OnBytes, socketErrorText, type TlsSession } from './dial.ts';
export { DeadlineWatch } from './deadline-watch.ts';
export { Dialling } from './dialling.ts';
export { httpDriver, type HttpDriverOptions } from './http-driver.ts';
export { dialAddress, type DialWay, targetAddress, type TargetAddress } from './target-address.ts';
export { okTable, requestTemplate, type RequestTemplate } from './request-template.ts';
export { BLANK_TRACEPARENT, escapedPath, OWN_HEADERS } from './request-text.ts';
export type { LookupAll, ResolvedAddress } from './name-resolver.ts';
