/**
 * Every error the program knows by name, in one table: code, fate, remedy.
 *
 * The fate says what happens next, by what an operator would have to do:
 * - `dead`: the record itself is wrong and no retry could help; it goes to the dead letter topic
 *   and the stream goes on.
 * - `retry`: something the service needs is away; the partition waits, heartbeats go on, nothing is
 *   lost.
 * - `exit`: a person has to change something; the program ends. `exitCode` 2: configuration, model
 *   or input; 1: at run time.
 *
 * Codes are stable: they are header values of dead letters and label values of metrics.
 */

import type { DeadCode } from './flow/dead-code.ts';

export type Fate = 'dead' | 'retry' | 'exit';

interface Entry {
  readonly fate: Fate;
  readonly exitCode?: 1 | 2;
  readonly remedy: string;
}

const dead = (remedy: string) => ({ fate: 'dead', remedy }) as const;
const retry = (remedy: string) => ({ fate: 'retry', remedy }) as const;
const wrong = (remedy: string) => ({ fate: 'exit', exitCode: 2, remedy }) as const;
const fatal = (remedy: string) => ({ fate: 'exit', exitCode: 1, remedy }) as const;

export const ERRORS = {
  // framing and decoding: the bytes of a record
  VALUE_EMPTY: dead(
    'Write a value in Confluent wire format, or a null value (tombstone) to have the record skipped.',
  ),
  RECORD_TOO_LARGE: dead(
    'Write smaller records, or raise input.maxRecordBytes and the memory of the service.',
  ),
  BATCH_TOO_LARGE: dead(
    'Have the producer write smaller batches, or raise input.maxBatchBytes and the memory of the service.',
  ),
  BATCH_UNREADABLE: dead(
    'The producer wrote a batch that cannot be unpacked or whose lengths lie; find it by the offsets, and mend its client or its codec.',
  ),
  WIRE_TOO_SHORT: dead('A value needs at least 5 bytes: magic byte 0 and a 4-byte schema id.'),
  WIRE_MAGIC_BYTE: dead(
    'Produce with a Schema Registry serializer: the first byte of the value must be 0.',
  ),
  SCHEMA_ID_UNKNOWN: dead(
    'The schema registry has no such id; check that producer and scorer use the same registry.',
  ),
  SCHEMA_ID_KIND: dead(
    'The registry does not resolve this kind of schema id; have the serializer write ids of the registry, or name one that resolves them.',
  ),
  SCHEMA_NOT_AVRO: dead('Only Avro schemas can be scored; the id names a schema of another kind.'),
  SCHEMA_INVALID: dead('The registry holds a schema that is not valid Avro under this id.'),
  AVRO_TRUNCATED: dead(
    'The value ends before its schema does; it was cut or encoded with another schema.',
  ),
  AVRO_TRAILING_BYTES: dead(
    'Bytes are left after the record; it was encoded with another schema than its id says.',
  ),
  AVRO_COUNT_TOO_LARGE: dead(
    'An array or map claims more entries than the bytes left could hold; the value is corrupt.',
  ),
  AVRO_TOO_DEEP: dead(
    'The value nests deeper than the decoder allows; flatten it or leave the recursive part out.',
  ),
  AVRO_INVALID: dead(
    'The bytes do not fit the schema (a varint, union branch, enum index or length out of range).',
  ),

  // mapping: the fields of an event against what the model needs
  FIELD_MISSING: dead(
    'Give the field a default in the latest schema of the subject, or produce with a schema that has it.',
  ),
  FIELD_NULL: dead('Set `missing` on this feature in model.yaml, or do not produce null.'),
  FIELD_TYPE: dead(
    'The model needs another type here; produce the field with the type the contract was checked with.',
  ),
  FEATURE_NOT_FINITE: dead(
    'The feature is NaN or infinite; produce a number, or null with `missing` set in model.yaml.',
  ),
  CATEGORY_UNKNOWN: dead('Add the value to `categories` in model.yaml, or set `unknown`.'),

  // scoring, encoding, producing: what became of the event
  INFERENCE_TIMEOUT: dead(
    'The model takes longer than inference.timeoutMs for this event alone; look at what it does with such events, or raise the limit.',
  ),
  INFERENCE_FAILED: dead(
    'The model cannot run on this event (an index beyond a table, a size that does not fit); keep such events away by categories, clip or missing in model.yaml, or mend the model. Where all events fail, deadLetter.maxConsecutive ends the service.',
  ),
  INFERENCE_CRASHED: dead(
    'The model ends the worker process that runs it, for this event alone, twice: it crashes ONNX Runtime (see its operators that index or loop); export it again, or keep such events away. With inference.workers: 0 such an event ends the service.',
  ),
  SCORE_NOT_FINITE: dead(
    'The model answered NaN or infinity for this event; check the model against such inputs.',
  ),
  OUTPUT_TOO_LARGE: dead(
    'The score record exceeds what the output topic accepts; carry less or raise max.message.bytes.',
  ),

  // outages: waited out
  REGISTRY_UNAVAILABLE: retry('Check that the schema registry answers; scoring resumes by itself.'),
  INPUT_TOPIC_MISSING: retry(
    'Create the topic again, or take it out of input.topics; scoring resumes by itself.',
  ),
  BATCH_CORRUPT: retry(
    'The partition waits and nothing is lost: look at disk and network of the broker; another replica as leader may have the batch whole. To pass it over, stop the group and set its offset behind the batch (kafka-consumer-groups.sh --reset-offsets --to-offset).',
  ),
  SCHEMA_ID_PENDING: retry(
    'The registry does not know the schema id yet; the records become dead letters if it stays so for schemaRegistry.unknownIdRetryMs.',
  ),
  BROKER_UNAVAILABLE: retry('Check that the Kafka brokers answer; scoring resumes by itself.'),
  PRODUCER_FENCED: retry(
    'Another member took the partition over, or a transaction timed out; scoring goes on by itself.',
  ),
  MODEL_WORKER_LOST: retry(
    'A worker was ended from outside (kill, no memory left). A fresh one scores the batch again; if it keeps happening, look at memory.',
  ),
  OUTPUT_PARTITIONS: retry(
    'Give the output topic as many partitions as the input topics have; scoring goes on by itself then.',
  ),
  DESTINATION_UNAVAILABLE: retry(
    'Check the output topic: it must exist, have a leader and enough in-sync replicas.',
  ),

  // configuration, model and topics: found by `check` and at start
  CONFIG_NOT_FOUND: wrong('Pass --config FILE, or run where config/scorer.yaml is.'),
  CONFIG_SYNTAX: wrong('Correct the YAML.'),
  CONFIG_INVALID: wrong('Correct the key; `check --print` shows the effective configuration.'),
  CONFIG_VARIABLE: wrong('Set the environment variable or give a default: ${NAME:-default}.'),
  CONFIG_FILE: wrong('The file named by ${file:PATH} must exist and be readable.'),
  CONFIG_NOT_SUPPORTED: wrong('Remove the key, or change it as the message says.'),
  MODEL_NOT_FOUND: wrong(
    'Put each version in a folder of its own below model.dir, with a model.yaml inside.',
  ),
  MODEL_INVALID: wrong('Correct model.yaml.'),
  MODEL_CHECKSUM: wrong(
    'The file is not the one the bundle was made with; restore it, or update sha256 on purpose.',
  ),
  MODEL_UNREADABLE: wrong('ONNX Runtime cannot load the file; export it again.'),
  MODEL_OPERATOR: wrong(
    'Export the model again with standard operators of an opset that this version of ONNX Runtime knows.',
  ),
  MODEL_INPUT: wrong('Make `inputs` in model.yaml feed exactly what the model takes.'),
  MODEL_OUTPUT: wrong('Set outputs.score in model.yaml to one of the outputs the model has.'),
  MODEL_CRASHED: wrong(
    'The model crashes ONNX Runtime (trees of thousands of levels, a classifier with one class, a broken export, too little memory); export it again, or with shallower trees.',
  ),
  MODEL_TIMEOUT: wrong('Export a model that comes to an end, or raise inference.timeoutMs.'),
  MODEL_BATCH_DEPENDENT: wrong(
    'Export the model for inference (no normalisation by the batch, softmax over the classes and not over the rows); or set batchDependent: true in model.yaml: then each event runs alone.',
  ),
  MODEL_NOT_REPEATABLE: wrong(
    'Export the model for inference (Dropout and BatchNormalization not in training mode, no random operator): an event must have one score.',
  ),
  MODEL_GOLDEN: wrong(
    'The model does not reproduce its golden events; the bundle and the training do not belong together.',
  ),
  MODEL_MEMORY: wrong(
    'Give the service more memory, raise model.maxMemoryBytes, lower model.keepWarm, or export a smaller model.',
  ),
  MODEL_WARMUP: wrong(
    'Give the bundle golden events with finite scores, which count instead, or export the model again.',
  ),
  CONTRACT_FIELD: wrong('Correct the field path in model.yaml or in output.carry.'),
  CONTRACT_TYPE: wrong('Choose another field, or a transform that makes it what the model takes.'),
  SUBJECT_NOT_FOUND: wrong(
    'Register the schema of the events under this subject, or start a producer that does.',
  ),
  SCHEMA_INCOMPATIBLE: wrong(
    'Choose another output topic or subject, or loosen the compatibility of this subject.',
  ),
  SCORE_SCHEMA_DIFFERS: wrong(
    'Register the schema that `check --score-schema` shows, or set output.registerSchema: true.',
  ),
  TOPIC_NOT_FOUND: wrong('Create the topic.'),
  GROUP_IN_USE: wrong(
    'Choose a group id that no other program uses, or end the other members first; members of one group need the same assignment protocol.',
  ),
  TOPIC_PARTITIONS: wrong(
    'Give the output topic at least as many partitions as the input topics, or partitioning: key.',
  ),
  KAFKA_UNREACHABLE: wrong(
    'Check kafka.brokers, tls and sasl, and that the brokers can be reached from here.',
  ),
  CLIENT_VERSION: wrong(
    'Install the packages of package-lock.json (npm ci), and remove what overrides the version of kafkajs.',
  ),
  KAFKA_DENIED: wrong('Grant the principal the access that the message names.'),
  REGISTRY_UNREACHABLE: wrong(
    'Check schemaRegistry.url, its credentials and caFile, and that it can be reached from here. Client certificates are not supported.',
  ),
  HTTP_PORT_IN_USE: wrong(
    'End the other program (a scorer that still runs?), or set http.port to a free one; 0 takes any.',
  ),
  HTTP_ADDRESS: wrong(
    'Set http.host to an address of this machine, and http.port to one that may be listened on.',
  ),
  INPUT_INVALID: wrong(
    'Correct the input. In `score`, a line or an event that cannot be read is told by this code, or written to the dead letters, and the others are scored; the program ends where the input as a whole cannot be read, or is cut.',
  ),
  OUTPUT_UNWRITABLE: wrong(
    'Name a file in a folder that exists, may be written to and has room left.',
  ),

  // at run time, for a person
  CONSUMER_CRASHED: fatal(
    'The Kafka client gave up; the log says why. Restart the service; nothing was lost.',
  ),
  OFFSET_OUT_OF_RANGE: fatal(
    'The committed offset is not in the topic any more; reset the offsets of the group on purpose, or set input.outOfRange: earliest or latest.',
  ),
  DEAD_LETTER_LIMIT: fatal(
    'Find the cause before more of the topic becomes dead letters; to let it, start again with a higher limit (--set deadLetter.maxConsecutive=…).',
  ),
  MODEL_WORKER_FAILED: fatal(
    'Look at the log for why the workers end, usually memory; nothing was lost.',
  ),
  STACK_UNAVAILABLE: fatal(
    'Set KAFKA_BROKERS and SCHEMA_REGISTRY_URL, or install Docker, or a JDK and Maven.',
  ),
  EVENTS_MISSING: fatal(
    'Read the log of the run: some events came out neither as a score nor as a dead letter.',
  ),
  INTERNAL: fatal('This is a bug; please report it with the log.'),
} satisfies Record<string, Entry> & Record<DeadCode, Entry & { readonly fate: 'dead' }>;

export type ErrorCode = keyof typeof ERRORS;

/** One thing that is wrong: which rule, what, where, and what to do about it. */
export interface Problem {
  readonly code: ErrorCode;
  readonly what: string;
  /** A path into a file, a topic, a tensor: whatever a person would look up. */
  readonly where?: string;
  /** More exact than the table's. */
  readonly remedy?: string;
}

/** One problem, or all that were found together. Never holds field values or secrets. */
export class ScorerError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[], options?: ErrorOptions) {
    const list = 'code' in problems ? [problems] : problems;
    super(
      list
        .map((p) => `${p.code}: ${p.what}${p.where === undefined ? '' : ` (${p.where})`}`)
        .join('\n'),
      options,
    );
    this.name = 'ScorerError';
    this.problems = list;
  }

  get code(): ErrorCode {
    return this.problems[0]?.code ?? 'INTERNAL';
  }

  get fate(): Fate {
    return ERRORS[this.code].fate;
  }

  /**
   * 2 when configuration, model or input is wrong; 1 for everything that happened while running.
   */
  get exitCode(): 1 | 2 {
    const entry: Entry = ERRORS[this.code];
    return entry.exitCode ?? 1;
  }
}

/** The block a person reads on stderr: code, what, where, remedy, for every problem. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map((problem) => {
      const lines = [`${problem.code}  ${problem.what}`];
      if (problem.where !== undefined) lines.push(`  where   ${problem.where}`);
      lines.push(`  remedy  ${problem.remedy ?? ERRORS[problem.code].remedy}`);
      return lines.join('\n');
    })
    .join('\n\n');
}
