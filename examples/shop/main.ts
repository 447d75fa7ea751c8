import type { Server } from 'node:http';
import { httpService } from './http-service.ts';
import { ordersRoutes } from './orders.ts';
import { STATIONS } from './stations.ts';
import { startTelemetry } from './telemetry.ts';

const SERVICES = { orders: ordersRoutes, ...STATIONS };

/** Requests under way get this long to be answered when the service is asked to stop. */
const DRAIN_TIMEOUT_MS = 1_000;
const PARENT_CHECK_MS = 500;

/** Runs one service of the shop until it is asked to stop, or whoever started it is gone. */
function main(name: string | undefined): void {
  const routes = name === undefined ? undefined : SERVICES[name as keyof typeof SERVICES];
  if (name === undefined || routes === undefined) {
    console.error(`usage: node main.ts ${Object.keys(SERVICES).join('|')}`);
    process.exitCode = 2;
    return;
  }
  const flush = startTelemetry(process.env['OTEL_SERVICE_NAME'] ?? name);
  const server = httpService(routes());
  const host = process.env['HOST'] ?? '127.0.0.1';
  server.listen({ port: Number(process.env['PORT'] ?? 0), host, backlog: 1_024 }, () => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : address;
    console.log(`${name} listens on http://${host}:${port}`);
  });
  process.once('SIGTERM', () => void stop(server, flush));
  process.once('SIGINT', () => void stop(server, flush));
  exitWithParent();
}

/** Answers what is under way, takes no new connection, delivers the last spans, and exits. */
async function stop(server: Server, flush: () => Promise<void>): Promise<void> {
  const drained = new Promise((resolve) => {
    server.close(resolve);
    setTimeout(resolve, DRAIN_TIMEOUT_MS);
  });
  server.closeIdleConnections();
  await drained;
  await flush();
  process.exit(0);
}

/** A service is never left behind: a new parent means that the old one died. */
function exitWithParent(): void {
  const parent = process.ppid;
  const check = (): void => {
    if (process.ppid !== parent) process.exit(1);
  };
  setInterval(check, PARENT_CHECK_MS).unref();
}

main(process.argv[2]);
