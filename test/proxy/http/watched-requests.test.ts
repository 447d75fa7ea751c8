import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { WatchedRequests } from '../../../src/proxy/http/http1/watched-requests.ts';

let told: string[];
let watched: WatchedRequests;

beforeEach(() => {
  told = [];
  watched = new WatchedRequests({
    nowEpochMs: () => 1,
    touched: ({ spanId }, _at, toxic) => void told.push(`${toxic} ${spanId?.slice(-2) ?? '?'}`),
  });
});

const TRACE = '691fab800000beef4bf92f3577b34da6';

function request(span: string, more = ''): string {
  return `GET / HTTP/1.1\r\nhost: x\r\ntraceparent: 00-${TRACE}-00000000000000${span}-01\r\n${more}\r\n`;
}

function answer(body = 'ok'): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

const client = (text: string): void => watched.fromClient(Buffer.from(text));
const server = (text: string): void => watched.fromServer(Buffer.from(text));

describe('the requests under way on a connection', () => {
  it('are touched from their first byte to the last of their answer, each once', () => {
    client(request('a1'));
    watched.touch('slow');
    watched.touch('slow');
    expect(watched.count).toBe(1);
    server(answer());
    expect(watched.count).toBe(0);
    watched.touch('slow');
    client(request('a2'));
    watched.touch('slow');
    watched.touch('cut');
    expect(told).toEqual(['slow a1', 'slow a2', 'cut a2']);
  });

  it('are all that wait for their answers, where the client does not', () => {
    client(request('a1') + request('a2') + request('a3'));
    server(answer());
    watched.touch('slow');
    expect(told).toEqual(['slow a2', 'slow a3']);
  });

  it('are told once their head has come, however it is cut', () => {
    const whole = request('a1');
    fc.assert(
      fc.property(fc.integer({ min: 17, max: whole.length - 1 }), (at) => {
        told = [];
        client(whole.slice(0, at));
        watched.touch('slow');
        expect(told).toEqual([]);
        client(whole.slice(at));
        server(answer());
        watched.touch('cut');
        expect(told).toEqual(['slow a1']);
      }),
    );
  });

  it('last through bodies, chunks and interim answers', () => {
    client(`${request('a1', 'transfer-encoding: chunked\r\n')}5\r\nGET /\r\n`);
    server('HTTP/1.1 100 Continue\r\n\r\n');
    client('0\r\n\r\n');
    server('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n');
    watched.touch('slow');
    server('0\r\n\r\n');
    watched.touch('cut');
    expect(told).toEqual(['slow a1']);
  });

  it('have no ids where they carry none', () => {
    client('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    watched.touch('slow');
    expect(told).toEqual(['slow ?']);
  });
});

describe('bytes that are no requests in step', () => {
  it.each([
    ['before the first', () => undefined],
    ['of HTTP/2', () => client('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['of TLS', () => client('\u0016\u0003\u0001\u0002\u0000')],
    ['of an answer to a request that was not seen', () => server(answer())],
    ['behind an upgrade', () => upgrade()],
    ['behind CONNECT', () => tunnel()],
    ['behind an answer that cannot be read', () => client(request('a1')) ?? server('?\r\n\r\n')],
    ['behind a request that cannot be read', () => client(`${request('a1')}??\u0000\r\n\r\n`)],
  ])('%s touch none: who asks learns that it is not known', (_, happens) => {
    happens();
    watched.touch('slow');
    expect([watched.count, told]).toEqual([undefined, []]);
  });

  it('are passed over until the next request, in the midst of a connection', () => {
    client('"the rest of a body"}');
    server(answer());
    client(request('a1'));
    watched.touch('slow');
    expect([watched.count, told]).toEqual([1, ['slow a1']]);
  });

  it('take along what had touched a head that never became one', () => {
    client('GET / HTTP/1.1\r\nhost');
    watched.touch('slow');
    client('\u0000\r\n\r\n');
    expect(told).toEqual(['slow ?']);
  });

  function upgrade(): void {
    client(request('a1', 'upgrade: websocket\r\nconnection: upgrade\r\n'));
    server('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n');
    client(request('a2'));
  }

  function tunnel(): void {
    client('CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n');
    server('HTTP/1.1 200 OK\r\n\r\n');
    client(request('a2'));
  }
});
