import type { OnnxGraph } from '../onnx/protobuf-onnx.ts';
import type { ZipMap } from '../onnx/protobuf-zipmap.ts';

/** How a model is run where that is not plain, for people. */
export function modelNotes(
  fixedRows: number | null,
  zipMaps: readonly ZipMap[],
  alone: boolean,
): string[] {
  const notes = zipMaps.map(
    ({ output, tensor }) =>
      `the output ${output} is a ZipMap; the tensor ${tensor} behind it is served`,
  );
  if (fixedRows === 1)
    notes.push('the model was exported for a batch of exactly 1: events are run row by row');
  else if (fixedRows !== null) {
    notes.push(
      `the model was exported for a batch of exactly ${fixedRows}: events are run ${fixedRows} at a time, the last ones padded`,
    );
  }
  if (alone) notes.push('each event is run alone (batchDependent: true)');
  return notes;
}

/** Operators that measure the range of a whole batch before they round each row by it. */
const DYNAMIC = new Set([
  'DynamicQuantizeLinear',
  'DynamicQuantizeMatMul',
  'DynamicQuantizeLSTM',
  'MatMulInteger',
  'ConvInteger',
  'MatMulIntegerToFloat',
]);

/**
 * What a person should know before relying on the scores of a model; `checked` are the files whose
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
        `nothing would notice if the weights in ${name} changed; give their checksum in model.yaml: files: { ${name}: … }`,
    );
  const found = alone ? undefined : quantising(graph);
  if (found !== undefined) {
    warnings.push(
      `the model is quantised dynamically (${found.operator}): the score of an event depends on the others in its batch, by up to some hundredths; quantise statically, or set batchDependent: true in model.yaml`,
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
