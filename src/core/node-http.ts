/**
 * What callgauge uses of node:http. An import of that module reads all its exports, and with
 * WebSocket loads a whole second client: 30 ms of each process that imports it.
 */
export const { createServer, get, request, STATUS_CODES } = process.getBuiltinModule('node:http');
