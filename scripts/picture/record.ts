import { spawn } from 'node:child_process';
import { HEADER, type Printed } from './screens.ts';

/** Runs the built demo for so many seconds from its first frame, and gives what its terminal shows as an asciicast. */
export async function record(seconds: number): Promise<string> {
  // The demo draws over its last frame only on a terminal, so this process says that it is one.
  const terminal = 'data:text/javascript,process.stdout.isTTY = true';
  const demo = spawn(process.execPath, ['--import', terminal, 'dist/main.js', 'demo'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed: Printed[] = [];
  let began: number | undefined;
  demo.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (began === undefined) {
      began = performance.now();
      setTimeout(() => demo.kill('SIGINT'), seconds * 1000);
    }
    printed.push([Math.round(performance.now() - began) / 1000, 'o', text]);
  });
  const code = await new Promise((resolve) => demo.once('close', resolve));
  if (printed.length === 0)
    throw new Error(`the demo ended with exit code ${String(code)} before it showed anything`);
  return [HEADER, ...printed].map((line) => `${JSON.stringify(line)}\n`).join('');
}
