/**
 * The codes of dead records: the values of the code header of a dead letter and of the metric label
 * `code`. They are below every room, so `Fates.kill` accepts only these. The table in `errors.ts`
 * must give each of them the fate `dead` and a remedy.
 */
export type DeadCode =
  | 'VALUE_EMPTY'
  | 'RECORD_TOO_LARGE'
  | 'BATCH_TOO_LARGE'
  | 'BATCH_UNREADABLE'
  | 'WIRE_TOO_SHORT'
  | 'WIRE_MAGIC_BYTE'
  | 'SCHEMA_ID_UNKNOWN'
  | 'SCHEMA_ID_KIND'
  | 'SCHEMA_NOT_AVRO'
  | 'SCHEMA_INVALID'
  | 'AVRO_TRUNCATED'
  | 'AVRO_TRAILING_BYTES'
  | 'AVRO_COUNT_TOO_LARGE'
  | 'AVRO_TOO_DEEP'
  | 'AVRO_INVALID'
  | 'FIELD_MISSING'
  | 'FIELD_NULL'
  | 'FIELD_TYPE'
  | 'FEATURE_NOT_FINITE'
  | 'CATEGORY_UNKNOWN'
  | 'INFERENCE_TIMEOUT'
  | 'INFERENCE_FAILED'
  | 'INFERENCE_CRASHED'
  | 'SCORE_NOT_FINITE'
  | 'POLICY_FAILED'
  | 'EXPLAIN_FAILED'
  | 'OUTPUT_TOO_LARGE';
