// The law of imports (ARCHITECTURE.md): rooms meet in pipeline.ts and compose/, vendors only
// behind their prefix.
const ROOMS =
  '^src/(consume|decode|map|infer|rollout|decide|explain|monitor|encode|produce|commit|serve|supervise|inspect|init|files|compare|audit|demo/simulate|demo/stack)/';

const vendor = (prefix, packages, also = []) => ({
  name: `only-${prefix}-files-import-${packages[0]}`,
  comment: `Only files named ${prefix}-*.ts may import ${packages.join(', ')}.`,
  severity: 'error',
  from: { path: '^src/', pathNot: [`/${prefix}-[^/]*\\.ts$`, ...also] },
  to: { path: packages.map((name) => `^node_modules/${name}/`) },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-room-imports-another-room',
      comment: 'Rooms meet in pipeline.ts (ports) and compose/ (adapters), nowhere else.',
      severity: 'error',
      from: { path: ROOMS },
      to: { path: ROOMS, pathNot: '^src/$1/' },
    },
    {
      name: 'flow-imports-only-flow',
      severity: 'error',
      from: { path: '^src/flow/' },
      to: { pathNot: '^src/flow/' },
    },
    {
      name: 'onnx-is-a-floor',
      comment: 'What a model file says: rooms that score and rooms that explain stand on it.',
      severity: 'error',
      from: { path: '^src/onnx/' },
      to: { path: '^src/', pathNot: '^src/(onnx|flow|runtime)/|^src/errors\\.ts$' },
    },
    {
      name: 'errors-import-only-the-codes-records-die-of',
      severity: 'error',
      from: { path: '^src/(errors|error-table)\\.ts$' },
      to: { pathNot: '^src/(flow/dead-code|error-table)\\.ts$' },
    },
    {
      name: 'pipeline-sees-ports-not-adapters',
      severity: 'error',
      from: { path: '^src/pipeline\\.ts$' },
      to: { path: '/(kafka|avro|onnx|confluent)-[^/]*\\.ts$' },
    },
    {
      name: 'rooms-do-not-look-up',
      comment: 'A room knows neither who builds it nor the configuration file.',
      severity: 'error',
      from: { path: ROOMS },
      to: { path: '^src/(main|pipeline)\\.ts$|^src/(compose|commands|config)/' },
    },
    {
      name: 'floors-carry-no-rooms',
      comment: 'Rooms stand on kafkajs/, runtime/, observe/ and page/, which know none of them.',
      severity: 'error',
      from: { path: '^src/(kafkajs|runtime|observe|page)/' },
      to: { path: [ROOMS, '^src/(main|pipeline)\\.ts$', '^src/(compose|commands|config)/'] },
    },
    { name: 'no-barrels', severity: 'error', from: {}, to: { path: '^src/.*/index\\.ts$' } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'src-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|chaos|scripts)/' },
    },
    vendor('kafka', ['kafkajs']),
    vendor('avro', ['avsc']),
    vendor('onnx', ['onnxruntime-node', 'onnxruntime-common']),
    vendor('protobuf', ['protobufjs']),
    vendor('cel', ['@marcbachmann/cel-js']),
    vendor('tar', ['tar-stream']),
    vendor('zip', ['yauzl']),
    vendor('s3', ['@aws-sdk/client-s3']),
    vendor('confluent', ['@kafkajs/confluent-schema-registry']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
