import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { formatFolder } from './format-folder.ts';
import { SHORT_LIVED } from './java-options.ts';
import { WatchedProcess } from './watched-process.ts';

export interface KafkaNodeOptions {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  /** `id@host:port` of every node's controller. */
  readonly voters: readonly string[];
  readonly clusterId: string;
  readonly java: string;
  readonly jars: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Further lines of its settings. */
  readonly settings: readonly string[];
  readonly shortLived: boolean;
}

const run = promisify(execFile);

function javaArgs(jars: string, ...args: string[]): string[] {
  return ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', join(jars, '*'), ...args];
}

/**
 * Everything is allowed until a test denies something. Only for a single node: several nodes would
 * reject each other's votes, because the authorizer denies everything before the rules are loaded,
 * and the rules come from the leader that has to be elected.
 */
const OPEN_AUTHORIZER = [
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found=true',
];

const LASTING = ['-XX:+UseG1GC'];

/**
 * Of the many small topics of tests, most need no index then. The first entry of an index costs a
 * block on the disk, which took a tenth of the time of a broker.
 */
const SMALL_TOPICS = ['log.index.interval.bytes=1048576'];

const digestOf = (settings: readonly string[]): string =>
  createHash('sha256').update(settings.join('\n')).digest('hex').slice(0, 12);

/**
 * One Kafka process, broker and controller in one (KRaft). It keeps its port and data over
 * restarts.
 */
export class KafkaNode {
  readonly address: string;
  readonly #options: KafkaNodeOptions;
  readonly #folder: string;
  #process: WatchedProcess | undefined;

  constructor(options: KafkaNodeOptions) {
    this.#options = options;
    this.#folder = join(options.folder, `kafka-${options.id}`);
    this.address = `127.0.0.1:${options.port}`;
  }

  /** Starts the process, unless it runs. `ready` reports when it answers. */
  async start(): Promise<void> {
    if (this.#process?.over === false) return;
    const { java, jars, folder, id, env, clusterId, settings, shortLived } = this.#options;
    const properties = join(this.#folder, 'server.properties');
    const formatted = await stat(join(this.#folder, 'data', 'meta.properties')).catch(
      () => undefined,
    );
    if (formatted === undefined) {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(properties, this.#properties());
      const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties];
      await formatFolder({
        data: join(this.#folder, 'data'),
        known: join(jars, `formatted-${digestOf(settings)}.checkpoint`),
        id,
        clusterId,
        format: () => run(java, [...SHORT_LIVED, ...javaArgs(jars, ...format)]),
      });
    }
    this.#process = new WatchedProcess({
      name: `Kafka ${id}`,
      command: java,
      args: [
        '-Xms256m',
        '-Xmx768m',
        ...(shortLived ? SHORT_LIVED : LASTING),
        ...javaArgs(jars, 'kafka.Kafka', properties),
      ],
      cwd: this.#folder,
      logFile: join(this.#folder, 'kafka.log'),
      folder,
      env,
    });
  }

  async ready(ready: () => Promise<boolean>, withinMs: number): Promise<void> {
    await this.#process?.ready(ready, withinMs);
  }

  async stop(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#process?.stop(how);
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.signal(signal);
  }

  #properties(): string {
    const { id, port, controllerPort, voters, settings, shortLived } = this.#options;
    const replicas = voters.length;
    const inSync = Math.min(2, replicas);
    return [
      'process.roles=broker,controller',
      `node.id=${id}`,
      `controller.quorum.voters=${voters.join(',')}`,
      `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
      'controller.listener.names=CONTROLLER',
      'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      `log.dirs=${join(this.#folder, 'data')}`,
      `default.replication.factor=${replicas}`,
      `min.insync.replicas=${inSync}`,
      `offsets.topic.replication.factor=${replicas}`,
      'offsets.topic.num.partitions=4',
      `transaction.state.log.replication.factor=${replicas}`,
      `transaction.state.log.min.isr=${inSync}`,
      'transaction.state.log.num.partitions=4',
      `share.coordinator.state.topic.replication.factor=${replicas}`,
      `share.coordinator.state.topic.min.isr=${inSync}`,
      'group.initial.rebalance.delay.ms=0',
      'group.min.session.timeout.ms=1000',
      'auto.create.topics.enable=false',
      'log.retention.ms=-1',
      ...(replicas === 1 ? OPEN_AUTHORIZER : []),
      ...(shortLived ? SMALL_TOPICS : []),
      // A node that comes back does not wait long until the others have noticed its absence.
      'broker.session.timeout.ms=6000',
      ...settings,
      '',
    ].join('\n');
  }
}
