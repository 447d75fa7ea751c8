import { CALLGAUGE } from './callgauge.ts';
import { COCKATIEL } from './cockatiel.ts';
import { DUBBO } from './dubbo.ts';
import { ENVOY } from './envoy.ts';
import { GRPC } from './grpc.ts';
import { HAPROXY } from './haproxy.ts';
import { HYSTRIX } from './hystrix.ts';
import { ISTIO } from './istio.ts';
import { KONG } from './kong.ts';
import { LINKERD } from './linkerd.ts';
import { NGINX } from './nginx.ts';
import { OPENFEIGN } from './openfeign.ts';
import { OPOSSUM } from './opossum.ts';
import { POLLY } from './polly.ts';
import { RESILIENCE4J } from './resilience4j.ts';
import type { Stack } from './stack.ts';
import { UNDICI } from './undici.ts';

export { compareCurrent } from './compare-current.ts';
export type { CurrentFile } from './current-file.ts';
export { exportTuning } from './export-tuning.ts';
export type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';

/** Every format that recommendations can be written in. */
export const STACKS: readonly Stack[] = [
  ENVOY,
  ISTIO,
  LINKERD,
  NGINX,
  HAPROXY,
  KONG,
  GRPC,
  RESILIENCE4J,
  OPENFEIGN,
  DUBBO,
  HYSTRIX,
  POLLY,
  COCKATIEL,
  OPOSSUM,
  UNDICI,
  CALLGAUGE,
];
