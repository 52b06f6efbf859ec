/**
 * Node's own HTTP. An `import` of `node:http` reads everything that it exports, WebSocket and fetch
 * among it, which a start would wait for: 40 ms that nobody here needs.
 */
export const http = process.getBuiltinModule('node:http');
export const https = process.getBuiltinModule('node:https');
