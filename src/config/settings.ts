import { resolve } from 'node:path';
import { defaultDeadLetterTopic } from './conflicts.ts';
import { parseSource } from './model-source.ts';
import { deadLetter as deadLetterSchema } from './schema-stream.ts';
import type { Written } from './schema.ts';

/**
 * The compiled configuration, the only form that the rest of the program sees. Every default is
 * filled in, also those that depend on other keys, and every path is absolute. Plain data.
 */
export type Settings = Plain<
  Omit<Written, 'kafka' | 'input' | 'deadLetter'> & {
    kafka: Omit<Written['kafka'], 'tls'> & {
      tls?: Exclude<Written['kafka']['tls'], false | undefined>;
    };
    input: Omit<Written['input'], 'groupId' | 'subject'> & {
      groupId: string;
      /** Registry subjects of each input topic. */
      subject: Record<string, readonly string[]>;
    };
    deadLetter: NonNullable<Written['deadLetter']>;
  }
>;

type Plain<T> = T extends readonly (infer Entry)[]
  ? readonly Plain<Entry>[]
  : T extends object
    ? { readonly [Key in keyof T]: Plain<T[Key]> }
    : T;

type KafkaSettings = Settings['kafka'];
export type TlsSettings = NonNullable<KafkaSettings['tls']>;
export type SaslSettings = NonNullable<KafkaSettings['sasl']>;

/** `cwd`: the folder at which relative paths start. */
export function compile(written: Written, cwd: string): Settings {
  const { kafka, schemaRegistry, input, deadLetter, model, decision } = written;
  const { tls, ...cluster } = kafka;
  return {
    ...written,
    kafka: {
      ...cluster,
      ...(tls === undefined || tls === false
        ? {}
        : { tls: tls === true ? tls : absolute(tls, TLS_FILES, cwd) }),
    },
    schemaRegistry: absolute(schemaRegistry, ['caFile'], cwd),
    input: {
      ...input,
      groupId: input.groupId ?? written.name,
      subject: Object.fromEntries(input.topics.map((topic) => [topic, subjectOf(input, topic)])),
    },
    deadLetter:
      deadLetter ?? deadLetterSchema.parse({ topic: defaultDeadLetterTopic(input.topics) }),
    model: absolute(withoutLabels(withoutVersion(model)), ['dir', 'cacheDir', 'caFile'], cwd),
    ...(decision === undefined ? {} : { decision: withPaths(decision, cwd) }),
  };
}

function withPaths(
  decision: NonNullable<Written['decision']>,
  cwd: string,
): NonNullable<Written['decision']> {
  const { lists, ...rest } = absolute(decision, ['file'], cwd);
  return {
    ...rest,
    ...(lists === undefined ? {} : { lists: lists.map((list) => absolute(list, ['file'], cwd)) }),
  };
}

/** A version that the source names is the one that decides. */
function withoutVersion(model: Written['model']): Written['model'] {
  const named = model.source === undefined ? undefined : parseSource(model.source);
  if (named === undefined || 'wrong' in named || named.kind !== 'mlflow') return model;
  return {
    ...model,
    source: `models:/${named.name}`,
    ...(named.wanted === undefined ? {} : { champion: named.wanted }),
  };
}

const TLS_FILES = ['caFile', 'certFile', 'keyFile'] as const;

function subjectOf({ subject }: Written['input'], topic: string): readonly string[] {
  const all = typeof subject === 'string' || Array.isArray(subject) ? subject : subject?.[topic];
  return all === undefined ? [`${topic}-value`] : [all].flat();
}

/** The roles with the versions that their labels name. */
function withoutLabels(model: Written['model']): Written['model'] {
  const { labels = {}, champion, challenger, canary } = model;
  const versionOf = (name: string): string => (Object.hasOwn(labels, name) ? labels[name]! : name);
  return {
    ...model,
    champion: versionOf(champion),
    ...(challenger === undefined ? {} : { challenger: versionOf(challenger) }),
    ...(canary === undefined ? {} : { canary: { ...canary, version: versionOf(canary.version) } }),
  };
}

function absolute<T extends object>(section: T, keys: readonly (keyof T)[], cwd: string): T {
  const paths = keys.flatMap((key) => {
    const path = section[key];
    return typeof path === 'string' ? [[key, resolve(cwd, path)] as const] : [];
  });
  return { ...section, ...Object.fromEntries(paths) };
}
