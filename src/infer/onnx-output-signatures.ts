import type { InferenceSession } from 'onnxruntime-node';
import type { Opened } from './onnx-open.ts';
import type { OutputSignature } from './score-output.ts';

/**
 * The outputs that the score can come from: those of the file, and for a ZipMap the tensor behind
 * it.
 */
export function outputSignatures({ session, graph, zipMaps }: Opened): OutputSignature[] {
  const unzipped = zipMaps.map(({ output, tensor, classes }) => ({
    name: output,
    type: 'float32',
    tensor,
    classes,
  }));
  const hidden = new Set(
    zipMaps.map(({ tensor }) => tensor).filter((tensor) => !graph!.outputs.includes(tensor)),
  );
  const declared = session.outputMetadata
    .filter((output) => !hidden.has(output.name))
    .map(outputSignature);
  return [...declared, ...unzipped];
}

function outputSignature(output: InferenceSession.ValueMetadata): OutputSignature {
  return {
    name: output.name,
    tensor: output.name,
    type: output.isTensor ? output.type : undefined,
  };
}
