// A jest transformer: Node's own type stripping. Positions stay as they are, so no source map is
// needed.
const { createHash } = require('node:crypto');
const { stripTypeScriptTypes } = require('node:module');

// The stripping is the one Node runs by itself; its "experimental" warning would only bury the test
// output.
const emitWarning = process.emitWarning;
process.emitWarning = (warning, ...rest) => {
  if (String(warning).includes('stripTypeScriptTypes')) return;
  emitWarning.call(process, warning, ...rest);
};

module.exports = {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
  // jest instruments what comes from here for coverage, and keeps the two apart by this key alone.
  getCacheKey: (source, path, { instrument }) =>
    createHash('sha1')
      .update(`${process.version} ${instrument} ${path}`)
      .update(source)
      .digest('hex'),
};
