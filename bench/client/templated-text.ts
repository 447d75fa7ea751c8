/** Returns a scenario whose flow `flow` has two steps, each with most of what a step can have. */
export function templatedText(url: string): string {
  return `name: templated
targets: { target: { url: "${url}" } }
feeders:
  users:
    rows: [{ id: u-1, name: Ada }, { id: u-2, name: Grace }, { id: u-3, name: Edsger }]
flows:
  flow:
    - step: create
      target: target
      http:
        method: POST
        path: "/json/orders/\${users.id}"
        headers: { x-request: "\${random.uuid}" }
        json: { name: "\${users.name}", count: "\${random.int(1,100)}", number: "\${iteration.number}" }
      capture: { order: $.id, sku: "$.lines[0].sku" }
      check: { json: { "$.ok": true } }
    - step: read
      target: target
      http: { path: "/json/orders/\${order}?sku=\${sku}", headers: { x-user: "\${users.id}" } }
      check: { json: { "$.id": A-17 } }
load:
  - { phase: steady, users: 1, for: 1s }
`;
}
