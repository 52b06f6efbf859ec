import { oddities } from '../../../src/config/oddities.ts';

const of = (workers: number, threads: number, processes: number, cores: number) =>
  oddities({ inference: { workers, threads } }, processes, cores);

describe('threads that compete for cores', () => {
  it.each([
    [0, 1, 1, 1],
    [4, 1, 1, 4],
    [2, 2, 1, 4],
    [0, 1, 8, 8],
  ])('%i workers with %i threads in %i processes on %i cores are in order', (...given) => {
    expect(of(...given)).toEqual([]);
  });

  it.each([
    [4, 1, 1, 2, 'inference.workers', '4 worker threads compete for 2 cores'],
    [0, 4, 1, 2, 'inference.threads', '4 threads of ONNX Runtime compete for 2 cores'],
    [0, 1, 4, 2, '--processes', '4 processes compete for 2 cores'],
    [2, 2, 2, 4, 'inference.workers', '2 processes with 2 worker threads with 2 threads of ONNX Runtime compete for 4 cores'], // prettier-ignore
  ])('%i workers with %i threads in %i processes on %i cores', (workers, threads, processes, cores, path, what) => {
    expect(of(workers, threads, processes, cores)).toEqual([{ path, what }]);
  });
});
