import type { MetricSnapshot } from '../observe/merged-metrics.ts';
import type { Supervisor } from './messages.ts';

/** What a process tells of itself. */
export interface Answers {
  readonly health: { live(): string | undefined; ready(): string | undefined };
  readonly metrics: { getMetricsAsJSON(): Promise<unknown> };
}

/** What is called when the supervisor says so. */
export interface SupervisorCommands {
  readonly stop: () => void;
  readonly join: () => void;
}

/**
 * Answers the supervisor instead of serving HTTP; it has the one port. Reports begin once there are
 * answers.
 */
export function answerSupervisor(
  supervisor: Supervisor,
  answers: Promise<Answers>,
  { stop, join }: SupervisorCommands,
): void {
  const report = async (id: number): Promise<void> => {
    const { health, metrics } = await answers;
    const snapshot = (await metrics.getMetricsAsJSON()) as readonly MetricSnapshot[];
    supervisor.send({
      kind: 'report',
      id,
      live: health.live(),
      ready: health.ready(),
      metrics: snapshot,
    });
  };
  supervisor.listen((message) => {
    if (message.kind === 'stop') stop();
    else if (message.kind === 'join') join();
    else void report(message.id);
  });
}
