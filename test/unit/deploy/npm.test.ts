import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
}

const { allowScripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  allowScripts: Record<string, boolean>;
};
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;

describe('npm', () => {
  it('knows every setting in .npmrc, so that it greets nobody with a warning', () => {
    const env = { ...process.env, npm_config_userconfig: '/dev/null', npm_config_loglevel: 'warn' };
    const { status, stderr } = spawnSync('npm', ['run'], { encoding: 'utf8', env });
    expect({ status, warnings: stderr.match(/Unknown project config .*/g) ?? [] }).toEqual({
      status: 0,
      warnings: [],
    });
  });

  it('is told of every package that has an install script', () => {
    const scripted = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
    expect(Object.keys(allowScripts).sort()).toEqual([...new Set(scripted)].sort());
  });

  it('does not fetch CUDA libraries: the CPU library is in the package', () => {
    expect(allowScripts['onnxruntime-node']).toBe(false);
  });
});
