// Draws docs/demo.svg, the picture in the README, from docs/demo.cast, a recording of the demo's terminal.
// `npm run picture -- --record` runs the demo first and keeps a new recording.
import { readFileSync, writeFileSync } from 'node:fs';
import { record } from './picture/record.ts';
import { screensOf } from './picture/screens.ts';
import { drawScreens } from './picture/svg.ts';

const RECORDING = 'docs/demo.cast';
const SECONDS = 30;

if (process.argv.includes('--record')) writeFileSync(RECORDING, await record(SECONDS));
writeFileSync('docs/demo.svg', drawScreens(screensOf(readFileSync(RECORDING, 'utf8'))));
