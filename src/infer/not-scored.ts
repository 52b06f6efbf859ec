/** Rows that a model is tried with when it is opened: zeros, which every model takes, and others that an event could make. */
export type TrialRows = 'zeros' | 'others';

/** The model did not answer in time, for a batch or for rows it was tried with: its process was ended. */
export class TimedOut extends Error {
  readonly rows: TrialRows | undefined;

  constructor(rows?: TrialRows) {
    super('the model did not answer in time');
    this.name = 'TimedOut';
    this.rows = rows;
  }
}

/** The batch lay in the mailbox of a process that was ended for the batch before. */
export class NotBegun extends Error {
  constructor() {
    super('the batch was not begun');
    this.name = 'NotBegun';
  }
}
