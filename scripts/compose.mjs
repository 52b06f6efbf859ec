// Does with Docker Compose what the head of docker-compose.yml says, in a project of its own, and
// looks whether it holds. Needs an engine with Compose 2; takes a few minutes. Ends with the line
// "N passed, N failed".
import { execFileSync, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const PROJECT = `stream-scorer-test-${process.pid}`;
const READY_MS = 600_000;
// Ports that nobody else is likely to have; nothing here needs them.
const port = 20_000 + ((process.pid * 2) % 20_000);
const env = { ...process.env, KAFKA_PORT: String(port), SCHEMA_REGISTRY_PORT: String(port + 1) };

const docker = (...args) =>
  execFileSync('docker', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const compose = (...args) => docker('compose', '--project-name', PROJECT, ...args);
const lines = (text) => text.split('\n').filter((line) => line !== '');
const containersOf = (service) => lines(compose('ps', '--all', '--quiet', service));
const inspect = (id, format) => docker('inspect', '--format', format, id).trim();
const volumes = () => lines(docker('volume', 'ls', '--quiet')).sort();

/** Asks from another container, as whatever is published is asked from outside. */
const ask = (id, path) => {
  const address = inspect(id, '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}');
  const script = `fetch('http://${address}:8080${path}').then(async (a) => { console.log(await a.text()); process.exit(a.ok ? 0 : 1); }, () => process.exit(1))`;
  const { status, stdout } = spawnSync(
    'docker',
    ['compose', '--project-name', PROJECT, 'exec', '-T', 'simulator', 'node', '--eval', script],
    { env, encoding: 'utf8' },
  );
  return { ok: status === 0, text: stdout };
};
const scored = (id) =>
  [...ask(id, '/metrics').text.matchAll(/records_scored_total\S* (\d+)/g)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );

async function until(what, holds) {
  for (const deadline = Date.now() + READY_MS; ; await sleep(1000)) {
    if (await holds()) return;
    if (Date.now() > deadline) throw new Error(`waited ${READY_MS / 1000} s for ${what}`);
  }
}

let passed = 0;
let failed = 0;
async function step(name, work) {
  const started = Date.now();
  try {
    await work();
    passed++;
    console.log(`ok   ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
const must = (holds, what) => {
  if (!holds) throw new Error(what);
};

if (spawnSync('docker', ['compose', 'version'], { env, stdio: 'ignore' }).status !== 0) {
  console.error(
    'no Docker engine with Compose 2 answers (DOCKER_HOST names one that is elsewhere)',
  );
  process.exit(2);
}
const before = volumes();
try {
  await step('up --build: the image is built, everything starts in order', () =>
    compose('up', '--build', '--detach', '--quiet-pull'),
  );
  if (failed === 0) {
    await step('both scorers are ready, and can be reached from outside their containers', () =>
      until('two ready scorers', () => {
        const scorers = containersOf('scorer');
        return scorers.length === 2 && scorers.every((id) => ask(id, '/readyz').ok);
      }),
    );
    await step('events are scored', () =>
      until('scores', () => containersOf('scorer').some((id) => scored(id) > 0)),
    );
    await step('--scale scorer=4 touches nothing that runs', async () => {
      const old = containersOf('scorer');
      compose('up', '--detach', '--no-deps', '--no-recreate', '--scale', 'scorer=4', 'scorer');
      const scaled = containersOf('scorer');
      must(
        scaled.length === 4 && old.every((id) => scaled.includes(id)),
        `there are ${scaled.length} scorers`,
      );
      await until('four ready scorers', () => scaled.every((id) => ask(id, '/readyz').ok));
    });
    await step('a scorer has a port of this machine', () => {
      const address = compose('port', '--index', '1', 'scorer', '8080').trim();
      must(/^127\.0\.0\.1:\d+$/.test(address), address);
    });
    await step('a broker that ends is started again, and scoring goes on', async () => {
      const [kafka] = containersOf('kafka');
      const [scorer] = containersOf('scorer');
      const ended = Number(inspect(kafka, '{{.RestartCount}}'));
      // From inside: what the engine is asked to end counts as a wish, and stays down.
      spawnSync('docker', ['exec', kafka, 'bash', '-c', 'kill -TERM 1'], { env, stdio: 'ignore' });
      await until('its restart', () => Number(inspect(kafka, '{{.RestartCount}}')) > ended);
      await until('its health', () => inspect(kafka, '{{.State.Health.Status}}') === 'healthy');
      const before = scored(scorer);
      await until('new scores', () => scored(scorer) > before);
    });
    await step('the program is a command of the image', () => {
      const help = compose('exec', '-T', 'scorer', 'stream-scorer', '--help');
      must(help.includes('Usage: stream-scorer'), help);
    });
    await step('a wrong configuration ends with 2, and is not started again for ever', async () => {
      const id = docker(
        'run',
        '--detach',
        '--restart',
        'on-failure:5',
        'stream-scorer:local',
        'run',
        '--set',
        'nonsense=1',
      ).trim();
      try {
        await until(
          'its last end',
          () => inspect(id, '{{.State.Status}} {{.RestartCount}}') === 'exited 5',
        );
        must(inspect(id, '{{.State.ExitCode}}') === '2', inspect(id, '{{.State.ExitCode}}'));
      } finally {
        docker('rm', '--force', id);
      }
    });
    await step('SIGTERM ends scorers and simulator within their time, with 0', () => {
      compose('stop', 'scorer', 'simulator');
      for (const id of [...containersOf('scorer'), ...containersOf('simulator')]) {
        must(
          inspect(id, '{{.State.ExitCode}}') === '0',
          `exit code ${inspect(id, '{{.State.ExitCode}}')}`,
        );
      }
    });
  }
  if (failed > 0) console.log(compose('ps', '--all'), compose('logs', '--tail', '30'));
} finally {
  await step('down --volumes leaves no volume behind', () => {
    compose('down', '--volumes', '--remove-orphans');
    const left = volumes().filter((volume) => !before.includes(volume));
    must(left.length === 0, left.join(', '));
  });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
