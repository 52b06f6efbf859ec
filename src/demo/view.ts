import type { SeenScore } from './ledger.ts';

/** What the view shows. Rates are computed between two frames. */
export interface Frame {
  readonly sent: number;
  readonly scored: number;
  readonly decisions: ReadonlyMap<string, number>;
  /** ms, of the scores since the last frame; NaN without any. */
  readonly p50: number;
  readonly p99: number;
  readonly lag: number;
  readonly rejected: readonly Rejected[];
  /** The versions of the model with the events that each has decided, the current one last. */
  readonly versions: readonly { readonly version: string; readonly events: number }[];
  /** Events that the challenger has scored, and those that it would decide otherwise. */
  readonly compared: number;
  readonly flips: number;
  readonly note: string;
}

export interface Rejected extends SeenScore {
  readonly fraud: boolean | undefined;
  readonly customer: string;
  readonly amount: number;
  /** Its strongest reason. */
  readonly reason: string | undefined;
}

const CLEAR_BELOW = '\u001b[J';
const up = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}F`);

/** Draws frames over each other on a terminal, or one line per frame elsewhere. */
export class View {
  readonly #out: (text: string) => void;
  readonly #terminal: boolean;
  #lines = 0;
  #scored = 0;
  #at = performance.now();

  constructor(out: (text: string) => void, terminal: boolean) {
    this.#out = out;
    this.#terminal = terminal;
  }

  draw(frame: Frame): void {
    const now = performance.now();
    const rate = (frame.scored - this.#scored) / ((now - this.#at) / 1000);
    this.#scored = frame.scored;
    this.#at = now;
    if (!this.#terminal) {
      this.#out(`${summary(frame, rate)}\n`);
      return;
    }
    const lines = page(frame, rate);
    this.#out(`${up(this.#lines)}${CLEAR_BELOW}${lines.join('\n')}\n`);
    this.#lines = lines.length;
  }
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const ms = (value: number): string =>
  Number.isNaN(value) ? '–' : `${value < 10 ? value.toFixed(1) : whole(value)} ms`;

function summary(frame: Frame, rate: number): string {
  const { sent, scored, decisions, versions, compared, flips, p50, p99, lag, note } = frame;
  const counts = [...decisions].map(([name, count]) => `${name} ${count}`).join(' ');
  const decides = versions.at(-1);
  const model = decides === undefined ? '' : ` model ${decides.version}`;
  const shadow = compared === 0 ? '' : ` challenger ${share(flips, compared)} other decisions`;
  return `sent ${sent} scored ${scored} (${whole(rate)}/s) ${counts} p50 ${ms(p50)} p99 ${ms(p99)} lag ${lag}${model}${shadow} ${note}`.trim();
}

const share = (part: number, of: number): string => `${((part / of) * 100).toFixed(2)} %`;

/** Which versions have decided, and what the challenger says. */
function models({ versions, compared, flips }: Frame): string[] {
  const decided = versions.map(
    ({ version, events }) => `version ${version} decided ${whole(events).padStart(8)}`,
  );
  return [
    ...(decided.length === 0 ? [] : [`  model     ${decided.join('   ')}`]),
    ...(compared === 0
      ? []
      : [
          `  shadow    the challenger decides ${share(flips, compared)} of ${whole(compared)} otherwise`,
        ]),
  ];
}

const truth = (fraud: boolean | undefined): string =>
  fraud === undefined ? '' : fraud ? 'fraud' : 'legitimate';

function page(frame: Frame, rate: number): string[] {
  const { sent, scored, decisions, rejected, note } = frame;
  const total = [...decisions.values()].reduce((sum, count) => sum + count, 0) || 1;
  const shares = [...decisions].map(
    ([name, count]) =>
      `  ${name.padEnd(8)} ${whole(count).padStart(10)}  ${((count / total) * 100).toFixed(2).padStart(6)} %`,
  );
  const rows = rejected.map(({ customer, amount, score, fraud, reason = '' }) =>
    `  ${customer.padEnd(10)} ${amount.toFixed(2).padStart(10)}  score ${score.toFixed(3)}  ${truth(fraud).padEnd(10)}  ${reason}`.trimEnd(),
  );
  return [
    '',
    `  events    sent ${whole(sent).padStart(10)}   scored ${whole(scored).padStart(10)}   ${whole(rate)}/s`,
    `  latency   p50 ${ms(frame.p50).padStart(9)}   p99 ${ms(frame.p99).padStart(9)}   lag ${whole(frame.lag)}`,
    ...models(frame),
    '',
    ...shares,
    '',
    '  latest rejected, with the truth and the strongest reason',
    ...(rows.length === 0 ? ['  none yet'] : rows),
    '',
    `  ${note}`,
  ];
}
