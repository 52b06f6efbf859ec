// Removes the libraries of other platforms from ONNX Runtime's package, which brings those of all
// (about 290 MB, of which one platform needs 25 to 90): node
// node_modules/stream-scorer/bin/prune-platforms.cjs Run after an install; the next install of the
// package brings them back.
'use strict';

const { readdirSync, rmSync } = require('node:fs');
const { dirname, join } = require('node:path');

// The package says nothing of its folder but by its entry, dist/index.js.
const root = dirname(dirname(require.resolve('onnxruntime-node')));
const own = join(process.platform, process.arch);
const folders = [];
for (const api of readdirSync(join(root, 'bin'))) {
  for (const platform of readdirSync(join(root, 'bin', api))) {
    for (const arch of readdirSync(join(root, 'bin', api, platform)))
      folders.push([api, platform, arch]);
  }
}
if (!folders.some(([, platform, arch]) => join(platform, arch) === own)) {
  throw new Error(
    `ONNX Runtime brings no library for ${own}, or lays its folders out in another way: nothing was removed`,
  );
}
for (const [api, platform, arch] of folders) {
  if (join(platform, arch) !== own)
    rmSync(join(root, 'bin', api, platform, arch), { recursive: true });
}
// What is left has to load: better here than at the first model.
require('onnxruntime-node');
