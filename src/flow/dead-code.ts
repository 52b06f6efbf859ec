/**
 * The codes that a record can die of: the values of a dead letter's code header and of the metrics'
 * label `code`. They stand here, below every room, so that only these can be given to `Fates.kill`.
 * The table in `errors.ts` has to give each of them the fate `dead` and a remedy.
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
  | 'OUTPUT_TOO_LARGE';
