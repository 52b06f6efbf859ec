#!/usr/bin/env node
// The program's command. Written in a syntax that any Node reads, so that one that is too old gets
// a sentence instead of a syntax error; everything else is in dist/.
'use strict';

var needed = [22, 15];
var version = process.versions.node.split('.').map(Number);

if (version[0] < needed[0] || (version[0] === needed[0] && version[1] < needed[1])) {
  process.stderr.write(
    'stream-scorer needs Node ' +
      needed.join('.') +
      ' or later, and this is Node ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').\n  remedy  Install a later Node, or run it by one of its own: npx --package node@24 --package stream-scorer stream-scorer\n',
  );
  process.exit(2);
}
require('./start.cjs');
