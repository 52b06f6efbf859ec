/**
 * The http module of Node.js. An `import` of `node:http` loads everything that it exports,
 * including WebSocket and fetch. This takes 40 ms at the start that nothing here needs.
 */
export const http = process.getBuiltinModule('node:http');
export const https = process.getBuiltinModule('node:https');
