/**
 * Every error of the program in one table: code, fate, remedy.
 *
 * The fate says what happens next, and so what an operator has to do:
 * - `dead`: the record itself is wrong and no retry can help. It goes to the dead letter topic, and
 *   the stream continues.
 * - `retry`: something that the service needs does not answer. The partition waits, heartbeats
 *   continue, and nothing is lost.
 * - `exit`: a person has to change something, and the program ends. `exitCode` 2: configuration,
 *   model or input; 1: at run time.
 *
 * Codes never change: they are header values of dead letters and label values of metrics.
 */

import type { DeadCode } from './flow/dead-code.ts';

export type Fate = 'dead' | 'retry' | 'exit';

export interface Entry {
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
    'Write the value in Confluent wire format, or write a null value (tombstone): the service skips tombstones.',
  ),
  RECORD_TOO_LARGE: dead(
    'Write smaller records, or raise input.maxRecordBytes and give the service more memory.',
  ),
  BATCH_TOO_LARGE: dead(
    'Configure the producer to write smaller batches, or raise input.maxBatchBytes and give the service more memory.',
  ),
  BATCH_UNREADABLE: dead(
    'The producer wrote a batch that cannot be decompressed, or whose lengths are wrong. Find the producer by the offsets, and fix its client or its compression codec.',
  ),
  WIRE_TOO_SHORT: dead(
    'A value needs at least 5 bytes: the magic byte 0 and a schema id of 4 bytes. Produce with a Schema Registry serializer.',
  ),
  WIRE_MAGIC_BYTE: dead(
    'Produce with a Schema Registry serializer: the first byte of the value must be 0.',
  ),
  SCHEMA_ID_UNKNOWN: dead(
    'The schema registry does not have this id. Check that the producer and the scorer use the same registry.',
  ),
  SCHEMA_ID_KIND: dead(
    'The registry does not resolve this kind of schema id. Configure the serializer to write ids that this registry resolves, or use a registry that resolves this kind.',
  ),
  SCHEMA_NOT_AVRO: dead(
    'The id belongs to a schema that is not Avro. Produce the events with an Avro serializer; no other kind can be scored.',
  ),
  SCHEMA_INVALID: dead(
    'The schema that the registry has under this id is not valid Avro. Register a valid schema and produce with it.',
  ),
  AVRO_TRUNCATED: dead(
    'The value ends before the last field of its schema. It was cut, or it was encoded with another schema. Check the serializer of the producer.',
  ),
  AVRO_TRAILING_BYTES: dead(
    'Bytes are left after the last field. The value was encoded with another schema than its id names. Check the serializer of the producer.',
  ),
  AVRO_COUNT_TOO_LARGE: dead(
    'An array or map claims more entries than the remaining bytes can hold. The value is corrupt. Check the producer.',
  ),
  AVRO_TOO_DEEP: dead(
    'The value is nested deeper than the decoder allows. Make the schema flatter, or remove the recursive part.',
  ),
  AVRO_INVALID: dead(
    'The bytes do not match the schema (a varint, union branch, enum index or length is out of range). Check the serializer of the producer.',
  ),

  // mapping: the fields of an event, compared with what the model needs
  FIELD_MISSING: dead(
    'Give the field a default in the latest schema of the subject, or produce with a schema that has it.',
  ),
  FIELD_NULL: dead(
    'Set `missing` for this feature in model.yaml, or produce a value that is not null.',
  ),
  FIELD_TYPE: dead(
    'The value does not have the type that the model needs. Produce the field with the type that `check` accepted.',
  ),
  FEATURE_NOT_FINITE: dead(
    'The feature is NaN or infinite. Produce a finite number, or produce null and set `missing` in model.yaml.',
  ),
  CATEGORY_UNKNOWN: dead(
    'Add the value to `categories` in model.yaml, or set `unknown` for this feature.',
  ),

  // scoring, deciding, encoding and producing: the result of an event
  INFERENCE_TIMEOUT: dead(
    'The model needs longer than inference.timeoutMs for this event alone. Find out why such events are slow, or raise the limit.',
  ),
  INFERENCE_FAILED: dead(
    'The model fails for this event (for example, an index is outside a table, or a size does not fit). Use categories, clip or missing in model.yaml so that such values do not reach the model, or correct the model. If all events fail, deadLetter.maxConsecutive ends the service.',
  ),
  INFERENCE_CRASHED: dead(
    'The model crashed ONNX Runtime twice for this event alone, and ended the worker process each time. Check the operators of the model that index or loop, export it again, or do not send it such events. With inference.workers: 0 such an event ends the service.',
  ),
  SCORE_NOT_FINITE: dead(
    'The model returned NaN or infinity for this event. Test the model with such inputs.',
  ),
  POLICY_FAILED: dead(
    'A rule or a segment cannot be evaluated for this event, so nobody knows what would be decided. Test in its condition whether a field is there, for example has(event.amount) && event.amount > 10.0, and whether a divisor is 0.',
  ),
  EXPLAIN_FAILED: dead(
    'The decision for this event asks for reasons, and they cannot be computed: a contribution is not a finite number. Test the model with such inputs. Nothing is written without the reasons that the configuration asks for.',
  ),
  OUTPUT_TOO_LARGE: dead(
    'The score record is larger than the output topic accepts. Carry fewer fields, or raise max.message.bytes of the topic.',
  ),

  // outages: the program waits for them to end
  REGISTRY_UNAVAILABLE: retry('Check that the schema registry answers. Scoring resumes by itself.'),
  INPUT_TOPIC_MISSING: retry(
    'Create the topic again: scoring then resumes by itself. Or remove the topic from input.topics.',
  ),
  BATCH_CORRUPT: retry(
    'The partition waits, and nothing is lost. Check the disk and the network of the broker. Another replica may have an intact copy: make it the leader. To skip the batch, stop the group and set its offset behind the batch (kafka-consumer-groups.sh --reset-offsets --to-offset).',
  ),
  SCHEMA_ID_PENDING: retry(
    'The registry does not know the schema id yet. If it still does not know it after schemaRegistry.unknownIdRetryMs, the records become dead letters.',
  ),
  BROKER_UNAVAILABLE: retry('Check that the Kafka brokers answer. Scoring resumes by itself.'),
  PRODUCER_FENCED: retry(
    'Another member took over the partition, or a transaction timed out. Scoring resumes by itself.',
  ),
  MODEL_WORKER_LOST: retry(
    'A worker process was ended from outside (by a signal, or because memory ran out). A new one scores the batch again. If this happens often, give the service more memory.',
  ),
  MODEL_UNAVAILABLE: retry(
    'The model fails, crashes or is too slow for events of this batch, and model.onFailure is wait, so the partition waits. Find out why, and start the program with a model that scores such events, or choose dead-letter or a decision.',
  ),
  OUTPUT_PARTITIONS: retry(
    'Give the output topic as many partitions as the input topics have. Scoring then resumes by itself.',
  ),
  DESTINATION_UNAVAILABLE: retry(
    'Check the topic: it must exist, have a leader, and have enough in-sync replicas.',
  ),

  MODEL_SOURCE_UNAVAILABLE: retry(
    'Check that the source of the model answers, and its credentials. The current version continues meanwhile.',
  ),

  // configuration, model and topics: found by `check` and at the start
  CONFIG_NOT_FOUND: wrong(
    'Pass --config FILE, or run the command in the folder that contains config/scorer.yaml.',
  ),
  CONFIG_SYNTAX: wrong('Correct the YAML.'),
  CONFIG_INVALID: wrong('Correct the key. `check --print` shows the effective configuration.'),
  CONFIG_VARIABLE: wrong('Set the environment variable, or give it a default: ${NAME:-default}.'),
  CONFIG_FILE: wrong('Check that the file named by ${file:PATH} exists and is readable.'),
  CONFIG_NOT_SUPPORTED: wrong('Remove the key, or change it as the message says.'),
  MODEL_NOT_FOUND: wrong(
    'Put each version into a folder of its own below model.dir, with a model.yaml in it.',
  ),
  MODEL_SOURCE_UNREACHABLE: wrong(
    'Check model.source, model.registryUri and model.credentials, and check that this machine can reach the source. A version that was downloaded before would be used.',
  ),
  MODEL_ARCHIVE: wrong(
    'Make the archive again: a .tar.gz or .zip file with model.yaml and the files that it names, without links.',
  ),
  MODEL_CACHE: wrong(
    'Set model.cacheDir to a folder that exists or can be created, is writable and has space left.',
  ),
  MODEL_INVALID: wrong('Correct model.yaml.'),
  MODEL_CHECKSUM: wrong(
    'The file is not the one that the bundle was made with. Restore it, or update sha256 if you changed it on purpose.',
  ),
  MODEL_UNREADABLE: wrong('ONNX Runtime cannot load the file. Export the model again.'),
  MODEL_OPERATOR: wrong(
    'Export the model again with standard operators, and with an opset that this version of ONNX Runtime supports.',
  ),
  MODEL_INPUT: wrong(
    'Change `inputs` in model.yaml so that it lists exactly the inputs of the model.',
  ),
  MODEL_OUTPUT: wrong('Set outputs.score in model.yaml to one of the outputs of the model.'),
  MODEL_CRASHED: wrong(
    'The model crashes ONNX Runtime. Usual causes are trees with thousands of levels, a classifier with one class, a broken export, or too little memory. Export the model again, or with shallower trees.',
  ),
  MODEL_TIMEOUT: wrong('Export a model that finishes, or raise inference.timeoutMs.'),
  MODEL_BATCH_DEPENDENT: wrong(
    'Export the model for inference: without normalisation over the batch, and with softmax over the classes instead of the rows. Or set batchDependent: true in model.yaml: each event then runs alone.',
  ),
  MODEL_NOT_REPEATABLE: wrong(
    'The same event must always get the same score. Export the model for inference: without random operators, and with Dropout and BatchNormalization not in training mode.',
  ),
  MODEL_GOLDEN: wrong(
    'The model does not reproduce its golden events. Check that the model, model.yaml and the golden events come from the same training.',
  ),
  EXPLAIN_BACKGROUND: wrong(
    'Reasons compare an event with other events, the background of the bundle. Run `stream-scorer profile` with past events: it writes background.jsonl. Then add background: background.jsonl to model.yaml.',
  ),
  EXPLAIN_IMPOSSIBLE: wrong(
    'Choose another explain.method, or remove it: auto takes the best way that is possible for this model.',
  ),
  MODEL_PROFILE: wrong(
    'The profile of the bundle cannot be used. Make it again with `stream-scorer profile`, for this version of the model, or remove the key profile from model.yaml.',
  ),
  MODEL_MEMORY: wrong(
    'Give the service more memory, raise model.maxMemoryBytes, lower model.keepWarm, or export a smaller model.',
  ),
  MODEL_WARMUP: wrong(
    'Add golden events with finite scores to the bundle, or export the model again.',
  ),
  CONTRACT_FIELD: wrong('Correct the field path in model.yaml or in the configuration.'),
  CONTRACT_TYPE: wrong(
    'Choose another field, or add a transform that turns it into the type that the model takes.',
  ),
  POLICY_INVALID: wrong(
    'Correct the condition in the policy. `check` shows what was understood of the others.',
  ),
  POLICY_NAME_TAKEN: wrong(
    'Give each policy a name of its own (decision.policy), because scores have it.',
  ),
  LIST_NOT_FOUND: wrong('Name a file that exists and is readable in decision.lists.'),
  LIST_INVALID: wrong(
    'Correct the line. A line of a list is a key, or {"key": "…", "expires": "2026-12-31T00:00:00Z"}.',
  ),
  SUBJECT_NOT_FOUND: wrong(
    'Register the schema of the events under this subject, or start a producer that registers it.',
  ),
  SCHEMA_INCOMPATIBLE: wrong(
    'Choose another output topic or subject, or loosen the compatibility of this subject.',
  ),
  SCORE_SCHEMA_DIFFERS: wrong(
    'Register the schema that `check --score-schema` shows, or set output.registerSchema: true.',
  ),
  TOPIC_NOT_FOUND: wrong('Create the topic.'),
  GROUP_IN_USE: wrong(
    'Choose a group id that no other program uses, or stop the other members first. All members of a group need the same assignment protocol.',
  ),
  TOPIC_PARTITIONS: wrong(
    'Give the output topic at least as many partitions as the input topics have, or set output.partitioning: key.',
  ),
  KAFKA_UNREACHABLE: wrong(
    'Check kafka.brokers, kafka.tls and kafka.sasl, and check that this machine can reach the brokers.',
  ),
  CLIENT_VERSION: wrong(
    'Install the packages of package-lock.json (npm ci), and remove anything that overrides the version of kafkajs.',
  ),
  KAFKA_DENIED: wrong('Grant the principal the permission that the message names.'),
  REGISTRY_UNREACHABLE: wrong(
    'Check schemaRegistry.url, its credentials and caFile, and check that this machine can reach the registry. Client certificates are not supported.',
  ),
  HTTP_PORT_IN_USE: wrong(
    'Stop the other program (is another scorer still running?), or set http.port to a free port. 0 takes any free port.',
  ),
  HTTP_ADDRESS: wrong(
    'Set http.host to an address of this machine, and http.port to a port that the program may listen on.',
  ),
  INPUT_INVALID: wrong(
    'Correct the input. `score` reports each line or event that it cannot read with this code, on stderr or in the dead letter file, and scores the others. It ends if the input as a whole cannot be read, or is truncated.',
  ),
  OUTPUT_UNWRITABLE: wrong('Name a file in a folder that exists, is writable and has space left.'),

  // at run time: a person has to act
  CONSUMER_CRASHED: fatal(
    'The Kafka client gave up. The log says why. Restart the service. Nothing is lost.',
  ),
  OFFSET_OUT_OF_RANGE: fatal(
    'The topic no longer has the committed offset. Reset the offsets of the group yourself, or set input.outOfRange: earliest or latest.',
  ),
  DEAD_LETTER_LIMIT: fatal(
    'Find the cause before more of the topic becomes dead letters. To continue anyway, start again with a higher limit (--set deadLetter.maxConsecutive=…).',
  ),
  MODEL_WORKER_FAILED: fatal(
    'The log says why the workers end. The usual cause is too little memory. Nothing is lost.',
  ),
  STACK_UNAVAILABLE: fatal(
    'Set KAFKA_BROKERS and SCHEMA_REGISTRY_URL, or install Docker, or install a JDK and Maven.',
  ),
  EVENTS_MISSING: fatal(
    'Some events have neither a score nor a dead letter. Read the log of the run.',
  ),
  INTERNAL: fatal('This is a bug. Please report it, and attach the log.'),
} satisfies Record<string, Entry> & Record<DeadCode, Entry & { readonly fate: 'dead' }>;
