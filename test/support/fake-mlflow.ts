import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SwitchableServer, type Answer } from './switchable-server.ts';

const API = '/api/2.0/mlflow';
const ARTIFACTS = '/api/2.0/mlflow-artifacts/artifacts';

/** An MLflow server with one registered model, whose aliases and files a test moves as it goes. */
export class FakeMlflow {
  readonly aliases = new Map<string, string>();
  /** The folder of each version. */
  readonly versions = new Map<string, string>();
  /** Answers instead of files, by `version/file`. */
  readonly instead = new Map<string, Answer>();
  readonly server: SwitchableServer;

  constructor() {
    this.server = new SwitchableServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://host');
      const say = (status: number, value: object): void => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(value));
      };
      const version =
        searchParams.get('version') ?? this.aliases.get(searchParams.get('alias') ?? '');
      const [, of, file] = /\/v\/(.+?)\/(.+)$/.exec(pathname) ?? [];
      if (pathname.startsWith(ARTIFACTS)) {
        const answer = this.instead.get(`${of}/${file}`);
        if (answer !== undefined) {
          answer(request, response);
          return;
        }
        readFile(join(this.versions.get(of!)!, file!)).then(
          (bytes) => response.end(bytes),
          () => {
            say(404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'no file' });
          },
        );
      } else if (version === undefined || !this.versions.has(version)) {
        say(404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `no version ${version}` });
      } else if (pathname === `${API}/model-versions/get-download-uri`) {
        say(200, { artifact_uri: `mlflow-artifacts:/v/${version}` });
      } else {
        say(200, {
          model_version: { version, status: 'READY', source: this.versions.get(version) },
        });
      }
    });
  }
}
