// What goes on without a connection: changes of mail wait in this browser and are made when it is
// back. Knows no page.

const waitingKey = 'amplop.waiting'
const waitingMax = 500

/** Whether a failure is of the way to the server, not of what was asked. @param {unknown} error */
export function isAway(error) {
  return error instanceof TypeError || (error instanceof Error && error.message === 'network')
}

function load() {
  try {
    return JSON.parse(localStorage.getItem(waitingKey) ?? '[]')
  } catch {
    return []
  }
}

/** Changes that wait, oldest first. */
export const waitingChanges = {
  get count() {
    return load().length
  },

  /** @param {string} account @param {object} update @returns {boolean} whether it is kept */
  add(account, update) {
    const all = [...load(), { account, update }]
    if (all.length > waitingMax) return false
    try {
      localStorage.setItem(waitingKey, JSON.stringify(all))
      return true
    } catch {
      return false
    }
  },

  /** Makes them, one after the other; what the server refuses has been overtaken, and goes. @param {any} jmap */
  async make(jmap) {
    for (let [next, ...rest] = load(); next; [next, ...rest] = load()) {
      if (next.account === jmap.account) await jmap.call([['Email/set', { update: next.update }]])
      localStorage.setItem(waitingKey, JSON.stringify(rest))
    }
  },

  clear() {
    localStorage.removeItem(waitingKey)
  },
}
