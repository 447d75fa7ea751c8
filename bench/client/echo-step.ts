import { schemaOfProto } from '../../src/drivers/grpc/index.ts';
import type { ReadyGrpc, StepSpec } from '../../src/scenario/index.ts';
import { NS_PER_SEC } from '../../src/core/index.ts';

/** The service that the bench's server speaks. */
export const ECHO_PROTO = `syntax = "proto3"; package bench;
message Text { string text = 1; }
service Echo { rpc Say(Text) returns (Text); }`;

/** Returns where the schema of the bench's server is. */
export function echoSchema(): ReadyGrpc {
  const spec = { reflection: false, proto: ['echo.proto'], importPaths: [] } as const;
  return { ...spec, schema: schemaOfProto(spec, [{ path: 'echo.proto', text: ECHO_PROTO }]) };
}

/** One unary call, always the same. */
export const ECHO_STEP: StepSpec = {
  name: 'say',
  target: 'target',
  timeoutNs: 10 * NS_PER_SEC,
  call: {
    protocol: 'grpc',
    request: { path: '', headers: [], body: '{"text":"hello"}' },
    service: 'bench.Echo',
    method: 'Say',
    written: { text: 'hello' },
    isList: false,
    repeat: 1,
    everyNs: 0,
    pairs: false,
    take: Infinity,
    forNs: Infinity,
  },
  okStatuses: [{ from: 0, to: 0 }],
};
