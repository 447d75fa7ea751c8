import { join } from 'node:path';
import { pauseSec, startProcess } from '../child-process.ts';
import type { AnsweringServer } from './answering-server.ts';
import { freePort } from './free-port.ts';

const BOUND_SEC = 600;
const START_WITHIN_SEC = 5;

/**
 * Returns a server that answers gRPC calls as cheaply as Node can, and counts; pinned to one core.
 */
export async function startGrpcServer(core: number): Promise<AnsweringServer> {
  const [port, countPort] = [await freePort(), await freePort()];
  const main = join(import.meta.dirname, 'grpc-server-main.ts');
  const argv = [process.execPath, main, String(port), String(countPort)];
  const server = startProcess(argv, { core, boundSec: BOUND_SEC });
  const url = `http://127.0.0.1:${port}/`;
  const requests = async (): Promise<number> => {
    const init = { headers: { connection: 'close' } };
    return Number(await (await fetch(`http://127.0.0.1:${countPort}/`, init)).text());
  };
  for (let attempt = 0; attempt < START_WITHIN_SEC * 20; attempt++) {
    const isUp = await requests().then(
      () => true,
      () => false,
    );
    if (isUp) break;
    await pauseSec(0.05);
  }
  return {
    title: "Node's http2, echoing messages",
    url,
    http2Url: url,
    tlsUrl: undefined,
    requests,
    stop: () => server.stop(),
  };
}
