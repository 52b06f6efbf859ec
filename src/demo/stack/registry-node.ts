import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SHORT_LIVED } from './java-options.ts';
import { WatchedProcess } from './watched-process.ts';

export interface RegistryNodeOptions {
  readonly port: number;
  readonly managementPort: number;
  readonly java: string;
  /** Folder with quarkus-run.jar. */
  readonly home: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How long one request of the readiness check may take. */
const ANSWER_MS = 2000;

/** One Apicurio Registry with its schemas in a file, so a restart keeps them and their ids. */
export class RegistryNode {
  readonly url: string;
  readonly #options: RegistryNodeOptions;
  #process: WatchedProcess | undefined;

  constructor(options: RegistryNodeOptions) {
    this.#options = options;
    this.url = `http://127.0.0.1:${options.port}/apis/ccompat/v7`;
  }

  /** Starts the process, unless it runs. `ready` reports when it answers. */
  async start(): Promise<void> {
    if (this.#process?.over === false) return;
    const { port, managementPort, java, home, folder, env } = this.#options;
    const data = join(folder, 'registry');
    await mkdir(data, { recursive: true });
    const settings = {
      'quarkus.http.host': '127.0.0.1',
      'quarkus.http.port': port,
      'quarkus.management.host': '127.0.0.1',
      'quarkus.management.port': managementPort,
      'apicurio.storage.kind': 'sql',
      'apicurio.storage.sql.kind': 'h2',
      'apicurio.datasource.jdbc.initial-size': 1,
      'apicurio.datasource.jdbc.min-size': 1,
      'apicurio.datasource.url': `jdbc:h2:file:${join(data, 'schemas')}`,
    };
    this.#process = new WatchedProcess({
      name: 'the schema registry',
      command: java,
      args: [
        '-Xmx384m',
        // it serves few requests, so a quick start matters more than a high speed
        ...SHORT_LIVED,
        ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
        '-jar',
        join(home, 'quarkus-run.jar'),
      ],
      cwd: home,
      logFile: join(data, 'registry.log'),
      folder,
      env,
    });
  }

  async ready(withinMs: number): Promise<void> {
    const answers = async (): Promise<boolean> => {
      const response = await fetch(`${this.url}/subjects`, {
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      await response.body?.cancel();
      return response.ok;
    };
    await this.#process?.ready(answers, withinMs);
  }

  async stop(how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.#process?.stop(how);
  }
}
