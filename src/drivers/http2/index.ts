export {
  Http2Connection,
  type Http2ConnectionEvents,
  type Http2ConnectionShared,
} from './connection.ts';
export { ConnectionChoice } from './connection-choice.ts';
export { CANCEL, errorName, NO_ERROR } from './frame-format.ts';
export { type HeaderBlock, headerBlock } from './header-block.ts';
export type { Field } from './hpack-decoder.ts';
export { http2Address } from './http2-address.ts';
export { http2Driver, type Http2DriverOptions } from './http2-driver.ts';
export { type CallExchange, type ExchangeEvents, MultiplexedDriver } from './multiplexed-driver.ts';
export { Http2Stream, type StreamSink } from './stream.ts';
