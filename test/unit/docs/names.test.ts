import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { USAGE as BENCH } from '../../../bench/options.ts';
import { USAGE as CHAOS } from '../../../chaos/options.ts';
import { ERRORS } from '../../../src/error-table.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { commands, documents, spans } from '../../support/documents.ts';

const pages = documents();

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}
const config = JSON.parse(readFileSync('config/scorer.schema.json', 'utf8')) as Schema;

/** Whether the configuration has a key by this path. */
function hasKey(schema: Schema, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  const own = schema.properties?.[key];
  if (own !== undefined && hasKey(own, rest)) return true;
  const forms = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return forms.some((form) => hasKey(form, [key, ...rest])) || /^\d+$/.test(key);
}

/** What a page says that does not exist. */
function wrong(find: (text: string) => readonly string[]): string[] {
  return pages.flatMap((page) =>
    spans(page)
      .flatMap(find)
      .map((name) => `${page.path}: ${name}`),
  );
}

describe('what README and docs name exists', () => {
  it('keys of the configuration', () => {
    const sections = Object.keys(config.properties!);
    const written = new RegExp(`^(${sections.join('|')})\\.[\\w.]+`);
    const named = (text: string): string[] =>
      (written.exec(text) ?? []).slice(0, 1).filter((path) => !NO_KEY.test(path));
    expect(pages.flatMap(spans).flatMap(named).length).toBeGreaterThan(40);
    expect(wrong((text) => named(text).filter((path) => !hasKey(config, path.split('.'))))).toEqual(
      [],
    );
    const sets = pages
      .flatMap(commands)
      .flatMap(({ words }) => words.filter((_, i) => words[i - 1] === '--set'));
    expect(
      sets
        .map((set) => set.split('=')[0]!)
        .filter((path) => path !== 'path' && !hasKey(config, path.split('.'))),
    ).toEqual([]);
  });

  it('error codes', () => {
    const known = new Set([...Object.keys(ERRORS), ...VARIABLES]);
    expect(
      wrong((text) => (/^[A-Z]+(_[A-Z]+)+$/.test(text) && !known.has(text) ? [text] : [])),
    ).toEqual([]);
  });

  it('metrics', async () => {
    const names = (await new Metrics().registry.getMetricsAsJSON()).map(({ name }) =>
      name.replace('stream_scorer_', ''),
    );
    const named = (text: string): string[] => {
      const [, prefix, name] =
        /^(stream_scorer_)?([a-z]+(?:_[a-z]+)+)(?:\{.*\})?$/.exec(text) ?? [];
      return name !== undefined &&
        (prefix !== undefined || /_(total|seconds|records|partitions|size)$/.test(name))
        ? [name]
        : [];
    };
    expect(pages.flatMap(spans).flatMap(named).length).toBeGreaterThan(10);
    expect(wrong((text) => named(text).filter((name) => !names.includes(name)))).toEqual([]);
  });

  it('options', () => {
    const usages = [
      readFileSync('src/commands/program.ts', 'utf8'),
      ...readdirSync('src/commands')
        .filter((file) => /-(command|options)\.ts$/.test(file))
        .map((file) => readFileSync(`src/commands/${file}`, 'utf8')),
      BENCH,
      CHAOS,
      ...pages.flatMap(commands).map(({ words }) => words.join(' ')),
    ];
    const known = new Set(
      [...usages.join('\n').matchAll(/--[a-z][\w-]*/g)].map(([option]) => option),
    );
    expect(
      wrong((text) =>
        [...text.matchAll(/(?<![\w-])--[a-z][\w-]*/g)]
          .map(([option]) => option)
          .filter((option) => !known.has(option) && !FOREIGN.has(option)),
      ),
    ).toEqual([]);
  });

  it('files and pages, and the headings that links lead to', () => {
    const broken = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
        if (/^https?:/.test(link!)) return [];
        const [file, heading] = link!.split('#');
        const target = file === '' ? path : join(dirname(path), file!);
        const there =
          existsSync(target) && (heading === undefined || headings(target).includes(heading));
        return there ? [] : [`${path}: ${link!}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  it('source files and tests, by their path', () => {
    const whole = /^(?:src|test|chaos|bench|scripts|models|config|deploy|docs)\/[\w./-]*$/;
    const ofRoom = /^[a-z]+\/[\w/-]+\.ts$/;
    const test = /^(?:unit|contract|e2e)\/[\w/-]+$/;
    const missing = (text: string): boolean =>
      (whole.test(text) && !existsSync(text)) ||
      (ofRoom.test(text) && !existsSync(text) && !existsSync(join('src', text))) ||
      (test.test(text) &&
        !existsSync(join('test', text)) &&
        !existsSync(join('test', `${text}.test.ts`)));
    expect(wrong((text) => (missing(text) ? [text] : []))).toEqual([]);
  });

  it('rooms, in the profile of the benchmarks', () => {
    const page = readFileSync('docs/benchmarks.md', 'utf8');
    const named = [...page.matchAll(/^\| ([a-z]+\/[a-z]+) \|/gm)].map(([, room]) => room!);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((room) => !existsSync(join('src', room)))).toEqual([]);
  });

  it('tests, by the title that is written behind them', () => {
    const untitled = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/`((?:unit|contract|e2e)\/[\w/-]+)`: ("[^"]+"(?:, "[^"]+")*)/g)].flatMap(
        ([, test, titles]) => {
          const source = readFileSync(join('test', `${test!}.test.ts`), 'utf8');
          return titles!
            .slice(1, -1)
            .split('", "')
            .filter((title) => !source.includes(title))
            .map((title) => `${path}: ${test!}: ${title}`);
        },
      ),
    );
    expect(untitled).toEqual([]);
  });

  it('fences that end: what stands in one that does not is shown as a block, and checked by nobody', () => {
    const open = pages.filter(({ text }) => {
      const fences = [...text.matchAll(/^ *```(\w*)/gm)].map(([, language]) => language);
      return fences.some((language, i) => (language !== '') !== (i % 2 === 0));
    });
    expect(open.map(({ path }) => path)).toEqual([]);
  });

  it('pages that the index leads to: all of them', () => {
    const index = readFileSync('docs/README.md', 'utf8');
    const named = pages
      .map(({ path }) => path)
      .filter((path) => path.startsWith('docs/') && path !== 'docs/README.md');
    expect(named.filter((path) => !index.includes(`(${path.slice('docs/'.length)})`))).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  const text = readFileSync('ARCHITECTURE.md', 'utf8');
  const rows = [...text.matchAll(/^\| `([\w/]+)\/` \|(.*)\|$/gm)].map(
    ([, room, cells]) => [room!, cells!] as const,
  );
  const rooms = rows.filter(([room]) => existsSync(join('src', room)));

  it('has a row for every folder of src/, and none for a folder that is not there', () => {
    const folders = readdirSync('src', { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(rooms.map(([room]) => room).sort()).toEqual(folders.map(({ name }) => name).sort());
    expect(
      rows
        .map(([folder]) => folder)
        .filter((folder) => !existsSync(folder) && !existsSync(join('src', folder))),
    ).toEqual([]);
  });

  it('names only files that are in their room', () => {
    const missing = rooms.flatMap(([room, cells]) =>
      [...cells.matchAll(/`([\w-]+\.ts|[\w-]+\/)`/g)]
        .map(([, file]) => join('src', room, file!))
        .filter((path) => !existsSync(path)),
    );
    expect(missing).toEqual([]);
  });
});

/** Reads like a key, and is a file. */
const NO_KEY = /\.(?:ts|yaml)$/;
/** Variables of the environment. */
const VARIABLES = [
  'KAFKA_BROKERS',
  'SCHEMA_REGISTRY_URL',
  'DOCKER_HOST',
  // of the AWS SDK
  'AWS_ACCESS_KEY_ID',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_ROLE_ARN',
  // of the tests
  'MLFLOW_PYTHON',
  'MOTO_PYTHON',
];
/** Options of other programs, in sentences. */
const FOREIGN = new Set(['--onnxruntime-node-install', '--serve-artifacts']);

function headings(path: string): string[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('#'));
  return lines.map((line) =>
    line
      .replace(/^#+ /, '')
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}
