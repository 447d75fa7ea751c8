export { fieldText } from './answer-fields.ts';
export {
  connectErrorText,
  dial,
  isClosedByPeer,
  type OnBytes,
  socketErrorText,
  type TlsSession,
} from './dial.ts';
export { afterPoll, boundNs, DeadlineWatch } from './deadline-watch.ts';
export { Dialling } from './dialling.ts';
export { IdleWatch } from './idle-watch.ts';
export { httpDriver, type HttpDriverOptions } from './http-driver.ts';
export {
  dialAddress,
  type DialOptions,
  targetAddress,
  type TargetAddress,
} from './target-address.ts';
export {
  isIdempotent,
  isOfTarget,
  isSafeTwice,
  okTable,
  requestTemplate,
  type RequestTemplate,
} from './request-template.ts';
export { MORE as ANSWER_MORE, ResponseParser, WHOLE as ANSWER_WHOLE } from './response-parser.ts';
export { escapedPath, OWN_HEADERS } from './request-text.ts';
export { NODE_STREAMS, readPastStream } from './node-streams.ts';
export type { RequestWriter } from './request-writer.ts';
export { requestWriterFor } from './request-writer-for.ts';
export type { LookupAll, ResolvedAddress } from './name-resolver.ts';
