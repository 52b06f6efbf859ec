/** Resolves in a later turn of the event loop, after everything that waits now. */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
