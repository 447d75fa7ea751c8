import { request } from '../../core/node-http.ts';

/** The HTTP port of a server on this machine, and who asks. */
export interface ClickHousePort {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

const ANSWER_WITHIN_MS = 5_000;

/**
 * Returns the text that a query answers, over a connection of its own that is closed at once: a
 * stopping server waits for those that are not. For the server process itself; everybody else uses
 * StoreConnection.
 */
export function askClickHouse(to: ClickHousePort, sql: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        host: '127.0.0.1',
        port: to.port,
        method: 'POST',
        agent: false,
        timeout: ANSWER_WITHIN_MS,
        headers: { 'x-clickhouse-user': to.user, 'x-clickhouse-key': to.password },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text.trim());
          else reject(new Error(text.trim()));
        });
      },
    );
    asking.on('timeout', () => asking.destroy(new Error('no answer in time')));
    asking.on('error', reject);
    asking.end(sql);
  });
}
