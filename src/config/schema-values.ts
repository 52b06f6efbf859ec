import { z } from 'zod';

/** Kinds of values that several sections use. */

export const text = z.string().min(1);

/** A string that no output may show: `writeOnly` in the JSON Schema masks it. */
export const secret = (description: string) =>
  z.string().min(1).regex(/\S/, 'must not be blank').meta({ description, writeOnly: true });

/** The maximum of 32 bits. The protocol, timers and buffers cannot hold more. */
const MOST = 2 ** 31 - 1;

export const count = z.int().min(1).max(MOST);

/** A longer timer would fire at once. */
export const milliseconds = z.int().min(0).max(MOST);

export const bytes = z.int().min(1024).max(MOST);

/** A name that looks like a number when it is written without quotes: a model version, a policy. */
export const label = z.union([z.string().min(1), z.int()]).transform(String);

/** Names that identify the program in Kafka and in logs: one line, without spaces at the ends. */
export const identifier = z
  .string()
  .min(1)
  .max(249)
  .regex(
    /^[^\s\p{Cc}](?:[^\p{Cc}\p{Zl}\p{Zp}]*[^\s\p{Cc}])?$/u,
    'must be one line without spaces at its ends, with at most 249 characters',
  );

export const topic = z
  .string()
  .regex(
    /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/,
    'must be a topic name: at most 249 letters, digits, ".", "_" and "-"',
  );

export const fieldPath = z.string().regex(
  // The Avro specification allows only ASCII. Java and the registries accept letters of any script.
  /^[\p{L}_][\p{L}\p{M}\p{N}_]*(\.[\p{L}_][\p{L}\p{M}\p{N}_]*)*$/u,
  'must be the path of an event field, such as merchant.country',
);

/** The full name of an Avro record, as com.acme.Payment. */
export const typeName = z
  .string()
  .regex(
    /^[^\s.\d][^\s.]*(\.[^\s.\d][^\s.]*)*$/,
    'must be the full name of a record, such as com.acme.Payment',
  );

/**
 * A namespace for our own schema. It follows the Avro specification, because not every code
 * generator accepts more.
 */
export const namespace = z
  .string()
  .max(249)
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/,
    'must be an Avro namespace, such as com.acme.scores',
  );

export const httpUrl = z
  .string()
  .regex(
    /^https?:\/\/[^\s/@]+(\/\S*)?$/,
    'must be an http:// or https:// URL without a user and password in it',
  );

/** A list whose entries are all different. */
export function distinct<T extends z.ZodType>(entry: T) {
  return z.array(entry).superRefine((list, context) => {
    const seen = new Set<unknown>();
    for (const [index, value] of list.entries()) {
      if (seen.has(value))
        context.addIssue({ code: 'custom', path: [index], message: 'is in the list twice' });
      seen.add(value);
    }
  });
}

/** The name of a part of a policy. It is a value of labels and of fields of the scores. */
export const partName = z
  .string()
  .max(249)
  .regex(
    /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}._-]*$/u,
    'must consist of letters, digits, ".", "_" and "-"',
  );

/** A list of sections that differ in one key. */
export function distinctBy<K extends string, T extends z.ZodType<Readonly<Record<K, unknown>>>>(
  key: K,
  entry: T,
) {
  return z.array(entry).superRefine((list, context) => {
    const seen = new Set<unknown>();
    for (const [index, value] of list.entries()) {
      if (seen.has(value[key]))
        context.addIssue({ code: 'custom', path: [index, key], message: 'is in the list twice' });
      seen.add(value[key]);
    }
  });
}
