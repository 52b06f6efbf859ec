import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TEXTS } from '../../../bench/models.ts';

export const createModelSession = (bytes: Uint8Array): Promise<InferenceSession> =>
  InferenceSession.create(bytes);

/** One row through a model. */
export async function runOnce(
  session: InferenceSession,
  inputs: Readonly<Record<string, readonly string[]>>,
  texts: boolean,
  output: string,
): Promise<Tensor> {
  const feeds = Object.entries(inputs).map(([name, fields]) => {
    const dims = [1, fields.length];
    return [
      name,
      texts
        ? new Tensor('string', [TEXTS[0]!], dims)
        : new Tensor('float32', new Float32Array(fields.length), dims),
    ] as const;
  });
  const results = await session.run(Object.fromEntries(feeds), [output]);
  return results[output]!;
}
