// A file of its own: a Node that does not know import() must not have to read it.
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const main = join(__dirname, '..', 'dist', 'main.js');
if (existsSync(main)) void import(pathToFileURL(main).href);
else {
  process.stderr.write(
    `stream-scorer is not built: there is no ${main}.\n  remedy  Run npm run build.\n`,
  );
  process.exitCode = 2;
}
