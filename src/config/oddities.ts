import { availableParallelism } from 'node:os';
import type { Inactive } from './inactive.ts';
import type { Settings } from './settings.ts';

/** What is valid and hardly what was meant: more threads that compute at the same time than there are cores. */
export function oddities(
  { inference: { workers, threads } }: { readonly inference: Pick<Settings['inference'], 'workers' | 'threads'> },
  processes = 1,
  cores = availableParallelism(),
): Inactive[] {
  const computing = processes * Math.max(workers, 1) * threads;
  if (computing <= cores) return [];
  const parts = [
    ...(processes > 1 ? [`${processes} processes`] : []),
    ...(workers > 0 ? [`${workers} worker threads`] : []),
    ...(threads > 1 ? [`${threads} threads of ONNX Runtime`] : []),
  ];
  const path = workers > 1 ? 'inference.workers' : threads > 1 ? 'inference.threads' : '--processes';
  return [{ path, what: `${parts.join(' with ')} compete for ${cores} cores` }];
}
