/** Two lines of each log: two requests of which the second came so many ms after the first. */
export const LOGS: readonly (readonly [name: string, text: string, ms: number])[] = [
  [
    'HAProxy httplog behind syslog',
    `Nov 28 16:40:01 lb1 haproxy[812]: 192.0.2.7:53312 [28/Nov/2026:16:40:01.120] fe~ app/web1 0/0/1/8/9 200 512 - - ---- 2/2/0/0/0 0/0 "GET /cart?id=7 HTTP/1.1"
Nov 28 16:40:01 lb1 haproxy[812]: 192.0.2.8:53313 [28/Nov/2026:16:40:01.480] fe~ app/<NOSRV> 0/-1/-1/-1/+9 503 +512 - - SC-- 2/2/0/0/0 0/0 {www.shop.test|x #22y#22} "POST https://shop.test/cart?id=8 HTTP/2.0"
`,
    360,
  ],
  [
    'HAProxy httplog clf',
    `127.0.0.1 - - [28/Nov/2026:16:40:01 +0000] "GET /cart?id=7 HTTP/1.1" 200 51 "" "" 33604 120 "c" "b" "s" 0 0 0 0 0 ---- 1 1 0 0 0 0 0 "" ""
127.0.0.1 - - [28/Nov/2026:16:40:01 +0000] "POST /cart?id=8 HTTP/1.1" 200 51 "" "" 33604 480 "c" "b" "s" 0 0 0 0 0 ---- 1 1 0 0 0 0 0 "" ""
`,
    360,
  ],
  [
    'Envoy',
    `[2026-11-28T16:40:01.120Z] "GET /cart?id=7 HTTP/2" 200 - 0 512 9 8 "-" "x" "0f6e" "shop.example" "10.0.0.1:80"
[2026-11-28T16:40:01.480Z] "POST /cart?id=8 HTTP/2" 503 UF,URX 0 512 9 8 "-" "x" "0f6e" "shop.example" "-"
`,
    360,
  ],
  [
    'Envoy as JSON, keys in any order',
    `{"response_code":200,"path":"/cart?id=7","duration":9,"method":"GET","start_time":"2026-11-28T16:40:01.120Z"}
{"response_code":200,"path":"/cart?id=8","duration":99,"method":"POST","start_time":"2026-11-28T16:40:01.480Z"}
`,
    360,
  ],
  [
    'Traefik, whose times are of starts',
    `192.0.2.7 - - [28/Nov/2026:16:40:01 +0000] "GET /cart?id=7 HTTP/2.0" 200 512 "-" "x" 1 "r@file" "http://10.0.0.1:80" 9ms
192.0.2.7 - - [28/Nov/2026:16:40:02 +0000] "POST /cart?id=8 HTTP/2.0" 200 512 "-" "x" 2 "r@file" "http://10.0.0.1:80" 900ms
`,
    1_000,
  ],
  [
    'Traefik as JSON',
    `{"DownstreamStatus":200,"Duration":9100000,"RequestMethod":"GET","RequestPath":"/cart?id=7","StartUTC":"2026-11-28T16:40:01.120Z","time":"2026-11-28T16:40:01Z"}
{"DownstreamStatus":200,"Duration":99100000,"RequestMethod":"POST","RequestPath":"/cart?id=8","StartUTC":"2026-11-28T16:40:01.480Z","time":"2026-11-28T16:40:01Z"}
`,
    360,
  ],
  [
    'Caddy, from whose time the duration is taken off',
    `{"level":"info","ts":1796230801.62,"msg":"handled request","request":{"method":"GET","uri":"/cart?id=7"},"duration":0.5,"status":200}
{"level":"info","ts":1796230801.49,"msg":"handled request","request":{"method":"POST","uri":"/cart?id=8"},"duration":0.01,"status":200}
`,
    360,
  ],
  [
    'Caddy on a console',
    `2026/11/28 16:40:01.620\tINFO\thttp.log.access.log0\thandled request\t{"request": {"method": "GET", "uri": "/cart?id=7"}, "duration": 0.5, "status": 200}
2026/11/28 16:40:01.490\tINFO\thttp.log.access.log0\thandled request\t{"request": {"method": "POST", "uri": "/cart?id=8"}, "duration": 0.01, "status": 200}
`,
    360,
  ],
  [
    'an application load balancer, by the time at which the request came',
    `h2 2026-11-28T16:40:09.186641Z app/lb/50 192.0.2.7:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET https://shop.example:443/cart?id=7 HTTP/2.0" "x" TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:tg "Root=1-58" "shop.example" "-" 0 2026-11-28T16:40:01.120000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"
https 2026-11-28T16:40:02.186641Z app/lb/50 192.0.2.7:2817 - -1 -1 -1 503 - 34 366 "POST https://shop.example:443/cart?id=8 HTTP/1.1" "x" - - arn:aws:tg "Root=1-58" "shop.example" "-" 0 2026-11-28T16:40:01.480000Z "forward" "-" "-" "-" "-" "-" "-"
`,
    360,
  ],
  [
    'a classic load balancer',
    `2026-11-28T16:40:01.120000Z lb 192.0.2.7:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://shop.example:80/cart?id=7 HTTP/1.1" "curl/7.38.0" - -
2026-11-28T16:40:01.480000Z lb 192.0.2.7:2817 - -1 -1 -1 503 0 0 0 "POST http://shop.example:80/cart?id=8 HTTP/1.1" "curl/7.38.0" - -
`,
    360,
  ],
  [
    'IIS, by end less time-taken',
    `#Software: Microsoft Internet Information Services 10.0
#Fields: date time cs-method cs-uri-stem cs-uri-query sc-status time-taken
2026-11-28 16:40:01 GET /cart id=7 200 100
2026-11-28 16:40:02 POST /cart id=8 200 740
`,
    360,
  ],
  [
    'CloudFront, whose fields are encoded once more',
    `#Version: 1.0\n#Fields: date time x-edge-location cs-method cs-uri-stem cs-uri-query sc-status time-taken
2026-11-28\t16:40:01\tFRA\tGET\t/cart\tid%3D7\t200\t0.100
2026-11-28\t16:40:02\tFRA\tPOST\t/cart\tid%3D8\t200\t0.740
`,
    360,
  ],
  [
    'nginx in Docker',
    ['GET /cart?id=7', 'POST /cart?id=8']
      .map((request, i) =>
        JSON.stringify({
          log: `192.0.2.7 - - [28/Nov/2026:16:40:01 +0000] "${request} HTTP/1.1" 200 512 "-" "x"\n`,
          stream: 'stdout',
          time: `2026-11-28T16:40:01.${i === 0 ? '120' : '480'}312345Z`,
        }),
      )
      .join('\n'),
    360,
  ],
  [
    'nginx in Kubernetes, one line in two parts',
    `2026-11-28T16:40:01.120312345Z stdout F 192.0.2.7 - - [28/Nov/2026:16:40:01 +0000] "GET /cart?id=7 HTTP/1.1" 200 512 "-" "x"
2026-11-28T16:40:01.480312345Z stdout P 192.0.2.7 - - [28/Nov/2026:16:40:01 +0000] "POST /cart?
2026-11-28T16:40:01.480312345Z stdout F id=8 HTTP/1.1" 200 512 "-" "x"
`,
    360,
  ],
  [
    'a journal',
    `{"__REALTIME_TIMESTAMP":"1796230801120000","MESSAGE":"192.0.2.7 - - [28/Nov/2026:16:40:01 +0000] \\"GET /cart?id=7 HTTP/1.1\\" 200 5"}
{"__REALTIME_TIMESTAMP":"1796230801480000","MESSAGE":"192.0.2.7 - - [28/Nov/2026:16:40:01 +0000] \\"POST /cart?id=8 HTTP/1.1\\" 200 5"}
`,
    360,
  ],
  [
    'virtual hosts in another zone',
    `shop.example:443 2001:db8::7 - jan [28/Nov/2026:16:40:01 +0530] "GET /cart?id=7 HTTP/1.1" 200 512 "-" "x"
shop.example:443 2001:db8::7 - jan [28/Nov/2026:11:10:02 +0000] "POST /cart?id=8 HTTP/1.1" 200 512 "-" "x"
`,
    1_000,
  ],
  [
    'Kibana',
    `"@timestamp",method,path
"Nov 28, 2026 @ 16:40:01.120",GET,"/cart?id=7"
"Nov 28, 2026 @ 16:40:01.480",POST,"/cart?id=8"
`,
    360,
  ],
  [
    'CSV with semicolons',
    `time;method;path
2026-11-28T16:40:01.120Z;GET;/cart?id=7
2026-11-28T16:40:01.480Z;POST;/cart?id=8
`,
    360,
  ],
  [
    'databases, with a column url',
    `time,method,url
2026-11-28 16:40:01.120 UTC,GET,https://shop.example/cart?id=7
2026-11-28 17:40:01.48+01,POST,https://shop.example/cart?id=8
`,
    360,
  ],
  [
    'a JSON array over several lines',
    `[\n  {"time": "2026-11-28T16:40:01.120Z",\n   "path": "/cart?id=7"},
  {"time": "2026-11-28T16:40:01.480Z", "method": "POST", "path": "/cart?id=8"}\n]\n`,
    360,
  ],
  [
    'a JSON array on one line',
    '[{"time":"2026-11-28T16:40:01.120Z","path":"/cart?id=7"},{"time":"2026-11-28T16:40:01.480Z","method":"POST","path":"/cart?id=8"}]',
    360,
  ],
  [
    'ECS, whose query is apart',
    `{"@timestamp":"2026-11-28T16:40:01.120Z","http":{"request":{"method":"GET"}},"url":{"path":"/cart","query":"id=7"}}
{"@timestamp":"2026-11-28T16:40:01.480Z","http.request.method":"POST","url.path":"/cart","url.query":"id=8"}
`,
    360,
  ],
  [
    'OpenTelemetry, in attributes',
    `{"Timestamp":"2026-11-28 16:40:01.12 +0000 UTC","Attributes":{"http.method":"GET","http.target":"/cart?id=7"}}
{"timeUnixNano":"1795884001480000000","attributes":[{"key":"http.request.method","value":{"stringValue":"POST"}},{"key":"url.full","value":{"stringValue":"https://shop.example/cart?id=8"}}]}
`,
    360,
  ],
  [
    'pino, whose response time is in ms',
    `{"time":1796230801620,"req":{"method":"GET","url":"/cart?id=7"},"res":{"statusCode":200},"responseTime":500}
{"time":1796230801490,"req":{"method":"POST","url":"/cart?id=8"},"res":{"statusCode":200},"responseTime":10}
`,
    360,
  ],
];
