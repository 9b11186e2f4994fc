// Work that is asked for more often than it can be done: one runs, at most one more waits.

/** @param {() => Promise<unknown>} work @returns {() => Promise<unknown>} */
export function oneAtATime(work) {
  /** @type {Promise<unknown> | undefined} */
  let running
  /** @type {Promise<unknown> | undefined} */
  let waiting
  const begin = () => {
    running = work().finally(() => (running = undefined))
    return running
  }
  return () => {
    if (!running) return begin()
    waiting ??= running
      .catch(() => {})
      .then(() => {
        waiting = undefined
        return begin()
      })
    return waiting
  }
}
