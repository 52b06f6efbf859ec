// Builds the program if its sources are newer than the last build, then runs the demo on the
// project's own Node.
import { spawn, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const newest = (folder) =>
  Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
const node = join('node_modules', '.bin', 'node');
if (!existsSync('dist/main.js') || statSync('dist/main.js').mtimeMs < newest('src')) {
  console.error('Building ...');
  execFileSync(node, ['scripts/build.mjs'], { stdio: 'inherit' });
}
const demo = spawn(node, ['dist/main.js', 'demo', ...process.argv.slice(2)], { stdio: 'inherit' });
// The terminal sends Ctrl-C to the demo too; this process only has to outlive it and pass its end
// on.
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => signal === 'SIGTERM' && demo.kill(signal));
demo.on('exit', (code, signal) => (process.exitCode = signal ? 1 : (code ?? 1)));
