/** Small descriptions of our own, one for each version: what each construct becomes. */

export const OPENAPI_3_0 = `openapi: 3.0.3
info: { title: "Library: books & loans", version: "1" }
servers:
  - url: "{scheme}://{host}:{port}/v1/"
    variables:
      scheme: { default: http }
      host: { enum: [127.0.0.1, books.example] }
      port: { default: "18080" }
security:
  - apiKey: []
paths:
  x-note: { get: { description: no path } }
  /books:
    get:
      operationId: listBooks
      tags: [books]
      parameters:
        - { name: q, in: query, required: true, example: "war & peace", schema: { type: string } }
        - { name: page, in: query, schema: { type: integer } }
        - $ref: "#/components/parameters/Tenant"
      responses: { "200": { description: ok }, "404": { description: none } }
    post:
      operationId: addBook
      tags: [books]
      requestBody:
        content:
          application/json:
            schema: { $ref: "#/components/schemas/Book" }
      responses: { "201": { description: made } }
  /books/{bookId}:
    parameters:
      - { name: bookId, in: path, required: true, schema: { type: integer, minimum: 7 } }
    get:
      operationId: "get book by id!"
      security: []
      responses: { 2XX: { description: ok }, default: { description: no } }
  /books/{bookId}/pages/{page}:
    get:
      security: [{}]
      parameters:
        - { name: page, in: path, required: true, schema: { type: string, pattern: "^p-[0-9]{3}$" } }
      responses: { "200": { description: ok }, "304": { description: same } }
  /tags:
    get:
      security: [{ bearer: [] }]
      parameters:
        - name: names
          in: query
          required: true
          schema: { type: array, minItems: 2, items: { type: string, enum: [new, "old one"] } }
        - name: filter
          in: query
          required: true
          style: deepObject
          schema: { type: object, required: [year], properties: { year: { type: integer, minimum: 1900, exclusiveMinimum: true } } }
      responses: { default: { description: any } }
  /elsewhere:
    get:
      parameters: [{ $ref: "other.yaml#/Q" }]
      responses: {}
  /endless:
    get:
      security: []
      parameters:
        - { name: n, in: query, required: true, schema: { $ref: "#/components/schemas/Endless" } }
      responses: {}
  /upload:
    post:
      security: []
      requestBody: { content: { image/png: {} } }
      responses: {}
components:
  parameters:
    Tenant: { name: X-Tenant, in: header, required: true, schema: { type: string, default: acme } }
  schemas:
    Book:
      allOf:
        - $ref: "#/components/schemas/Named"
        - type: object
          required: [price, format, due]
          properties:
            price: { type: number, multipleOf: 0.5, minimum: 2.2 }
            format: { oneOf: [{ type: string, enum: [paper] }, { type: integer }] }
            due: { type: string, format: date }
    Named: { type: object, required: [name], properties: { name: { type: string, minLength: 6 } } }
    Endless: { type: object, required: [again], properties: { again: { $ref: "#/components/schemas/Endless" } } }
  securitySchemes:
    apiKey: { type: apiKey, in: header, name: X-Api-Key }
    bearer: { type: http, scheme: bearer }
`;

export const OPENAPI_3_1 = `openapi: 3.1.0
info: { title: Rooms, version: "1" }
paths:
  /rooms/{id}:
    get:
      operationId: getRoom
      parameters:
        - { name: id, in: path, required: true, schema: { type: [string, "null"], format: uuid } }
        - { name: at, in: query, required: true, schema: { type: string, examples: ["2030-01-01T00:00:00Z"] } }
        - { name: size, in: query, required: true, schema: { type: integer, exclusiveMinimum: 4 } }
        - { name: session, in: cookie, required: true, schema: { type: string } }
      responses: { "200": { description: ok } }
  /rooms:
    put:
      operationId: putRooms
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: { type: object, properties: { name: { type: string, const: "a\${b" }, beds: { type: integer, maximum: 0 } } }
      responses: { "204": { description: ok } }
`;

export const SWAGGER_2_0 = `{
  "swagger": "2.0",
  "info": { "title": "Pets", "version": "1" },
  "host": "127.0.0.1:18081",
  "basePath": "/v2",
  "schemes": ["https", "http"],
  "securityDefinitions": { "petstore_auth": { "type": "oauth2" }, "key": { "type": "apiKey", "in": "query", "name": "api key" } },
  "paths": {
    "/pets": {
      "get": {
        "operationId": "findPets",
        "security": [{ "key": [] }],
        "parameters": [
          { "name": "status", "in": "query", "required": true, "type": "array", "items": { "type": "string", "enum": ["sold"] }, "collectionFormat": "multi" },
          { "name": "ids", "in": "query", "required": true, "type": "array", "items": { "type": "integer" }, "minItems": 2, "collectionFormat": "pipes" }
        ],
        "responses": { "200": {} }
      },
      "post": {
        "operationId": "addPet",
        "security": [{ "petstore_auth": ["write"] }],
        "consumes": ["application/x-www-form-urlencoded"],
        "parameters": [{ "name": "name", "in": "formData", "required": true, "type": "string", "x-example": "Rex" }],
        "responses": { "201": {} }
      }
    },
    "/pets/{petId}": {
      "get": { "parameters": [{ "name": "petId", "in": "path", "required": true, "type": "string", "format": "email" }], "responses": {} }
    }
  }
}
`;
