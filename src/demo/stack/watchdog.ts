// Runs a command as long as its parent lives: `node guard.js --remove FOLDER -- COMMAND ARGS…`. The
// parent holds the other end of this process's standard input. When it closes for any reason, also
// after kill -9, the command is ended and the folder is removed. Signals of the terminal are left
// to the parent.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * How long a command may take to end after SIGTERM. A broker without its quorum would take minutes.
 */
const PATIENCE_MS = 10_000;

const [flag, folder, separator, command, ...args] = process.argv.slice(2);
if (flag !== '--remove' || folder === undefined || separator !== '--' || command === undefined) {
  throw new Error('usage: guard --remove FOLDER -- COMMAND ARGS…');
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
let orphaned = false;
child.once('error', (error) => {
  process.stderr.write(`${command}: ${error.message}\n`);
  end(1);
});
child.once('exit', (code) => {
  end(code ?? 1);
});

// While the parent lives, it may send a line with the name of a signal for the command.
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'SIGTERM') terminate();
    else child.kill(line as NodeJS.Signals);
  })
  .once('close', orphan);
process.stdin.once('error', orphan);

function orphan(): void {
  orphaned = true;
  terminate();
}

function terminate(): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
}

function end(code: number): void {
  if (orphaned) rmSync(folder!, { recursive: true, force: true, maxRetries: 3 });
  process.exit(code);
}
