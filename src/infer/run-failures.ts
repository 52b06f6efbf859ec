/**
 * Test rows for the opening of a model: zeros, which nearly every model accepts, and others that an
 * event could have.
 */
export type TrialRows = 'zeros' | 'others';

/** The model did not answer in time, for a batch or for test rows. Its process was ended. */
export class TimedOut extends Error {
  readonly rows: TrialRows | undefined;

  constructor(rows?: TrialRows) {
    super('the model did not answer in time');
    this.name = 'TimedOut';
    this.rows = rows;
  }
}

/** The batch was waiting in a process that was ended because of the batch before. */
export class NotBegun extends Error {
  constructor() {
    super('the batch was not begun');
    this.name = 'NotBegun';
  }
}

/** The batch crashed the process of the model. */
export class Crashed extends Error {
  constructor(why: string) {
    super(`it crashed the process that runs it: ${why}`);
    this.name = 'Crashed';
  }
}

/** The runtime did not run the model for a batch, or did not return one row per event. */
export class RunFailed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RunFailed';
  }

  /** Too little memory says nothing about the events. */
  get isOfMemory(): boolean {
    return /bad_alloc|failed to allocate|out of memory|not enough memory/i.test(this.message);
  }

  /**
   * The message of the runtime, without numbers and strings that may come from an event. `hasText`:
   * a string may be anywhere in it.
   */
  withoutValues(hasText: boolean): string {
    const line = this.message.replace(/\s+/g, ' ').trim();
    const [place = '', ...rest] = line.split('Status Message: ');
    if (rest.length === 0)
      return hasText
        ? 'the reason is not shown, because it may contain a value of the event'
        : masked(line);
    return hasText ? place.trim() : `${place}${masked(rest.join(' '))}`;
  }
}

function masked(text: string): string {
  return text
    .replace(/(["'])(?:(?!\1).)*\1/g, '…')
    .replace(/-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/gi, '#')
    .slice(0, 300);
}
