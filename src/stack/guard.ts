// Runs a command as long as its parent lives: `node guard.js [--remove FOLDER] -- COMMAND ARGS…`.
// The parent holds the other end of this process's standard input; when it closes, for whatever reason, also by kill -9,
// the command is ended and the folder removed. Signals of the terminal reach the parent, which decides.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

/** How long a command may take to end by SIGTERM. */
const PATIENCE_MS = 8000;

const split = process.argv.indexOf('--');
const [command, ...args] = process.argv.slice(split + 1);
const flag = process.argv.indexOf('--remove');
const remove = flag !== -1 && flag < split ? process.argv[flag + 1] : undefined;
if (command === undefined) throw new Error('usage: guard [--remove FOLDER] -- COMMAND ARGS…');

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.once('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  end(1);
});
child.once('exit', (code) => {
  end(code ?? 1);
});

/** While the parent lives it sends the name of a signal for the command. */
let orphaned = false;
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text: string) => {
  child.kill(text.trim() as NodeJS.Signals);
});
process.stdin.once('end', stop);
process.stdin.once('error', stop);

function stop(): void {
  orphaned = true;
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS).unref();
}

function end(code: number): void {
  if (remove !== undefined && orphaned) rmSync(remove, { recursive: true, force: true });
  process.exit(code);
}
