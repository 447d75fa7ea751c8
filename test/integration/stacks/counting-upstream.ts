import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an attempt gets: an answer with a status, nothing at all, or a reset connection. */
export type Answer = number | 'hang' | 'reset';

/** A server on several ports that answers as it is told, and knows every attempt that came. */
export class CountingUpstream {
  readonly #servers: readonly Server[];
  readonly #held: ServerResponse[] = [];
  #answers: readonly Answer[] = [200];
  #attempts: string[] = [];

  private constructor(servers: readonly Server[]) {
    this.#servers = servers;
  }

  static async start(ports: number): Promise<CountingUpstream> {
    const servers = Array.from({ length: ports }, () => createServer());
    const upstream = new CountingUpstream(servers);
    for (const server of servers) {
      server.on('request', (request, response) => {
        request.resume();
        upstream.#answer(`${request.method} ${request.url}`, response);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return upstream;
  }

  get ports(): readonly number[] {
    return this.#servers.map((server) => (server.address() as AddressInfo).port);
  }

  /** The method and path of every attempt since the last {@link answerWith}. */
  get attempts(): readonly string[] {
    return this.#attempts;
  }

  /** Answers attempts so, one after another, and all further ones like the last. */
  answerWith(...answers: readonly Answer[]): void {
    this.#answers = answers;
    this.#attempts = [];
    for (const held of this.#held.splice(0)) held.destroy();
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    }
  }

  #answer(request: string, response: ServerResponse): void {
    const answer = this.#answers[Math.min(this.#attempts.length, this.#answers.length - 1)];
    this.#attempts.push(request);
    if (answer === 'hang') this.#held.push(response);
    else if (answer === 'reset') response.socket?.resetAndDestroy();
    else response.writeHead(answer ?? 500, { 'content-length': 2 }).end('ok');
  }
}
