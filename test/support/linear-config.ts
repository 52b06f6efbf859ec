import { loadConfig } from '../../src/config/load.ts';
import { printSettings } from '../../src/config/print.ts';
import { parseModelYaml } from './parsed-model-yaml.ts';
import { plainYaml } from '../../src/runtime/plain-yaml.ts';
import type { Input } from './linear-inputs.ts';
import { many } from './many.ts';

const SECTIONS: Readonly<Record<string, string>> = {
  kafka: '{ brokers: [localhost:9092] }',
  schemaRegistry: '{ url: http://localhost:8081 }',
  input: '{ topics: [in] }',
  output: '{ topic: out }',
  model: '{ dir: models/fraud }',
};

/** Loading a configuration, or finding everything that is wrong with it. */
const loading = (
  sections: Readonly<Record<string, string>>,
  given: { env?: Record<string, string>; sets?: readonly string[] } = {},
): (() => unknown) => {
  const text = Object.entries({ ...SECTIONS, ...sections })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
  return () =>
    loadConfig({
      file: 'scorer.yaml',
      cwd: '/',
      env: {},
      readFile: () => Promise.resolve(text),
      ...given,
    }).then(
      ({ settings }) => printSettings(settings),
      (error: unknown) => error,
    );
};

const list = (entries: readonly string[]): string =>
  `\n${entries.map((entry) => `    - ${entry}`).join('\n')}`;
const topics = (entries: readonly string[]): Record<string, string> => ({
  input: `\n  topics:${list(entries)}`,
});

const model = (features: readonly string[]): (() => unknown) => {
  const text = `file: m.onnx\nsha256: ${'a'.repeat(64)}\ninputs:\n  x:${list(features)}\n`;
  return () => {
    try {
      return parseModelYaml(text, 'model.yaml');
    } catch (error) {
      return error;
    }
  };
};

export const CONFIG: Readonly<Record<string, Input>> = {
  topics: (size) => loading(topics(many(size, (i) => `t${i}`))),
  'topics that are twice in the list': (size) =>
    loading(topics(many(size, (i) => `t${i % (size / 2)}`))),
  'topics that are none': (size) => loading(topics(many(size, () => '"a b"'))),
  'unknown keys': (size) => loading({ log: `\n${many(size, (i) => `  k${i}: 1`).join('\n')}` }),
  variables: (size) =>
    loading(topics(many(size, (i) => `"\${V${i}}"`)), {
      env: Object.fromEntries(many(size, (i) => [`V${i}`, `t${i}`])),
    }),
  'variables that are not set, and as many faults': (size) =>
    loading(topics(many(size, (i) => (i % 2 === 0 ? `"\${V${i}}"` : '7')))),
  'variables that become numbers': (size) =>
    loading(
      {
        decision: `\n  policy: p\n  bands:${list([...many(size, (i) => `{ upTo: "\${V${i}}", decision: D }`), '{ decision: E }'])}`,
      },
      { env: Object.fromEntries(many(size, (i) => [`V${i}`, String(i)])) },
    ),
  'references in one text': (size) =>
    loading({ name: `"${'${V}'.repeat(size)}"` }, { env: { V: 'a' } }),
  aliases: (size) => loading({ x: '&x t', ...topics(many(size, () => '*x')) }),
  'anchors with an alias each': (size) =>
    loading(topics(many(size / 2, (i) => `&a${i} t${i}\n    - *a${i}`))),
  lines: (size) => loading({ log: `\n${'  # nothing\n'.repeat(size)}  level: info` }),
  'faults of syntax': (size) => loading({ log: `\n${many(size, () => '  a: b: c').join('\n')}` }),
  'keys that are there twice': (size) =>
    loading({ log: `\n${many(size, () => '  level: info').join('\n')}` }),
  'keys of one line': (size) => loading({ log: `{ ${many(size, (i) => `k${i}: 1`).join(', ')} }` }),
  'overrides of keys': (size) => loading({}, { sets: many(size / 10, () => 'log.level=debug') }),
  features: (size) => model(many(size, (i) => `{ field: f${i}, missing: 0, transform: log1p }`)),
  'features with a fault each': (size) => model(many(size, (i) => `{ feld: f${i} }`)),
  categories: (size) =>
    model([`{ field: f, categories: [${many(size, (i) => `c${i}`).join(', ')}] }`]),
  'features that share an alias': (size) =>
    model(many(size, (i) => `{ field: f${i}, transform: ${i === 0 ? '&t [log1p]' : '*t'} }`)),
  'values in a text': (size) => () =>
    plainYaml(many(size, (i) => `- [${i}, { a: ${i} }]`).join('\n')),
};
