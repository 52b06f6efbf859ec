import { readFileSync } from 'node:fs';

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

// What patches a package's inside knows one version of it, and a test or a build is only worth what
// it ran with.
it('every package is pinned to one version', () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  ) as Package;
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, range]) => !/^(npm:[^@]+@)?\d+\.\d+\.\d+$/.test(range),
  );
  expect(loose).toEqual([]);
  expect(dependencies['kafkajs']).toBe('2.2.4');
});
