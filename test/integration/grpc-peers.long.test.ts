import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../src/core/index.ts';
import { reflectedSchema, schemaOfProto, type SchemaData } from '../../src/drivers/grpc/index.ts';
import { asReachable } from '../../src/scenario/index.ts';
import { freePort } from './free-port.ts';
import { type GrpcCalls, grpcCalls, grpcScenario } from './grpc-calls.ts';
import { installedPart } from './installed-parts.ts';

/** The servers of others: what they really send at a deadline, of schemas, and compressed. */
const GO_SERVER = installedPart('bin/grpc-go-interop-server');
const PYTHON = installedPart('python/bin/python');
const WELL_KNOWN = new URL('../fixtures/well-known-types/', import.meta.url);

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** All of a deadline's calls end at it, whoever was first. */
function expectTimeouts({ outcomes, calls, late }: GrpcCalls, deadlineMs: number): void {
  expect(outcomes).toEqual({ timeout: calls.length });
  for (const call of calls) {
    expect(call.endNs - call.sentNs).toBeCloseTo(deadlineMs * NS_PER_MS, 0);
  }
  expect(late).toBe(0);
}

describe.skipIf(GO_SERVER === undefined)('a server of grpc-go', () => {
  it('that ends calls at their deadline, by a reset mostly, makes timeouts of them', async () => {
    const url = await goServer();
    const message = '{ responseParameters: [{ size: 1, intervalUs: 5000000 }] }';
    const made = await goCalls(
      url,
      `StreamingOutputCall, message: ${message}, deadline: 200ms`,
      60,
    );
    expectTimeouts(made, 200);
  });

  it('says why a call failed, also beyond ASCII', async () => {
    const url = await goServer();
    const status =
      '{ code: 5, message: "\\ttest with whitespace\\r\\nand Unicode BMP ☺ and non-BMP 😈\\t\\n" }';
    const made = await goCalls(url, `UnaryCall, message: { responseStatus: ${status} }`);
    expect(made.outcomes).toEqual({ status: 1 });
    expect(made.errors).toEqual([
      'grpc NOT_FOUND: test with whitespace and Unicode BMP ☺ and non-BMP 😈',
    ]);
  });

  it('refuses a compression that it does not know, by its name', async () => {
    const made = await goCalls(await goServer(), 'UnaryCall, compression: deflate');
    expect(made.outcomes).toEqual({ status: 1 });
    expect(made.errors[0]).toMatch(/^grpc UNIMPLEMENTED: .*deflate/u);
  });
});

describe.skipIf(PYTHON === undefined)('a server of grpcio', () => {
  it('that ends calls at their deadline makes timeouts of them', async () => {
    const { url, schema } = await pythonServer();
    const grpc = 'method: known.Echo/Ask, message: "5", deadline: 200ms';
    expectTimeouts(await grpcCalls({ url, schema, grpc, calls: 60, atOnce: 20 }), 200);
  });

  it.each(['', 'compression: gzip, ', 'compression: deflate, '])(
    'understands every well-known type by the schema that it tells, %s and answers compressed',
    async (compression) => {
      const { url, schema } = await pythonServer();
      const cases = JSON.parse(
        readFileSync(new URL('cases.json', WELL_KNOWN), 'utf8'),
      ) as readonly {
        readonly json: Readonly<Record<string, unknown>>;
      }[];
      for (const { json } of cases) {
        const grpc = `method: known.Echo/Echo, ${compression}message: ${JSON.stringify(json)}`;
        const made = await grpcCalls({ url, schema, grpc, answers: true });
        expect(made.errors).toEqual([]);
        expect(made.fields[0]).toContainEqual(['grpc-encoding', 'gzip']);
        expect(made.answers[0]).toMatchObject(json);
      }
    },
  );
});

async function goServer(): Promise<string> {
  const port = await freePort();
  const child = spawn(String(GO_SERVER), ['-port', String(port)], { stdio: 'ignore' });
  children.push(child);
  while (child.exitCode === null && !(await isListening(port))) await sleep(10);
  return `http://127.0.0.1:${port}`;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function goCalls(url: string, call: string, calls = 1): Promise<GrpcCalls> {
  const name = 'grpc-interop.proto';
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');
  const spec = { reflection: false, proto: [name], importPaths: ['.'] } as const;
  const schema = schemaOfProto(spec, [{ path: name, text }]);
  const grpc = `method: grpc.testing.TestService/${call}`;
  return grpcCalls({ url, schema, grpc, calls, atOnce: 20, answers: true });
}

async function pythonServer(): Promise<{ readonly url: string; readonly schema: SchemaData }> {
  const program = new URL('parts/python/grpc_echo.py', import.meta.url).pathname;
  const child = spawn(String(PYTHON), [program, new URL('known.binpb', WELL_KNOWN).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface(child.stdout);
  const [port] = (await once(lines, 'line')) as [string];
  const url = `http://127.0.0.1:${port}`;
  const { targets } = asReachable(grpcScenario({ url, grpc: 'method: known.Echo/Echo' }));
  const [target] = targets;
  if (target === undefined) throw new Error('a scenario has a target');
  return { url, schema: await reflectedSchema(target, { services: ['known.Echo'], types: [] }) };
}
