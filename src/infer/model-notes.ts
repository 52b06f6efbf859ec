import type { OnnxGraph } from '../onnx/protobuf-onnx.ts';
import type { ZipMap } from '../onnx/protobuf-zipmap.ts';

/** How a model runs, if that is unusual, for people. */
export function modelNotes(
  fixedRows: number | null,
  zipMaps: readonly ZipMap[],
  alone: boolean,
): string[] {
  const notes = zipMaps.map(
    ({ output, tensor }) =>
      `the output ${output} is a ZipMap; the scorer uses its input, the tensor ${tensor}`,
  );
  if (fixedRows === 1)
    notes.push('the model was exported for a batch of exactly 1: it runs on one event at a time');
  else if (fixedRows !== null) {
    notes.push(
      `the model was exported for a batch of exactly ${fixedRows}: it runs on ${fixedRows} events at a time, and the last batch is padded`,
    );
  }
  if (alone) notes.push('the model runs on each event alone (batchDependent: true)');
  return notes;
}

/** Operators that measure the range of a whole batch before they round each row with it. */
const DYNAMIC = new Set([
  'DynamicQuantizeLinear',
  'DynamicQuantizeMatMul',
  'DynamicQuantizeLSTM',
  'MatMulInteger',
  'ConvInteger',
  'MatMulIntegerToFloat',
]);

/**
 * What a person should know before using the scores of a model. `checked`: the files whose
 * checksums were compared.
 */
export function modelWarnings(
  graph: OnnxGraph | undefined,
  checked: readonly string[],
  alone: boolean,
): string[] {
  const warnings = (graph?.externalFiles ?? [])
    .filter((name) => !checked.includes(name))
    .map(
      (name) =>
        `changes of the weights in ${name} are not detected; add their checksum to model.yaml: files: { ${name}: … }`,
    );
  const found = alone ? undefined : quantising(graph);
  if (found !== undefined) {
    warnings.push(
      `the model is quantised dynamically (${found.operator}): the score of an event depends on the other events in its batch and can differ by some hundredths; quantise the model statically, or set batchDependent: true in model.yaml`,
    );
  }
  return warnings;
}

function quantising(graph: OnnxGraph | undefined): OnnxGraph['nodes'][number] | undefined {
  return graph?.nodes.find(({ operator }) => DYNAMIC.has(operator));
}

export function isQuantisedByBatch(graph: OnnxGraph | undefined): boolean {
  return quantising(graph) !== undefined;
}

/** Operators that draw random numbers. */
const DRAWING = new Set([
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Bernoulli',
  'Multinomial',
  'Dropout',
]);

/** Whether the scores of a model are partly random. */
export const drawsNumbers = (graph: OnnxGraph | undefined): boolean =>
  graph?.nodes.some(({ operator }) => DRAWING.has(operator)) ?? false;
