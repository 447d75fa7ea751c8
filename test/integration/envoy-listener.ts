export interface LoggingListener {
  readonly port: number;
  /** The file that requests are logged to. */
  readonly log: string;
  readonly format: 'json' | 'text';
  /** What is done with every request, as Envoy's configuration says it. */
  readonly route: object;
}

/** Returns a listener of HTTP for Envoy's configuration that logs what it answers. */
export function loggingListener({ port, log, format, route }: LoggingListener): object {
  const fields = { start_time: '%START_TIME%', method: '%REQ(:METHOD)%', path: '%REQ(:PATH)%' };
  const accessLog = {
    name: 'file',
    typedConfig: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
      path: log,
      ...(format === 'json' && { logFormat: { jsonFormat: fields } }),
    },
  };
  const manager = {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    statPrefix: 'in',
    accessLog: [accessLog],
    routeConfig: { virtualHosts: [{ name: 'all', domains: ['*'], routes: [route] }] },
    httpFilters: [
      {
        name: 'router',
        typedConfig: {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
        },
      },
    ],
  };
  return {
    address: { socketAddress: { address: '127.0.0.1', portValue: port } },
    filterChains: [{ filters: [{ name: 'http', typedConfig: manager }] }],
  };
}
