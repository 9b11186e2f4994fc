// Asks the server for what it administers, by JMAP. Knows no page.

export class NeedsLogin extends Error {}

const capability = 'urn:amplop:jmap:admin'

export class Api {
  account = ''
  address = ''
  mayAdminister = false

  /** @throws NeedsLogin */
  async open() {
    const answer = await fetch('/jmap/session')
    if (answer.status === 401) throw new NeedsLogin()
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
    const { capabilities, primaryAccounts, username } = await answer.json()
    this.account = primaryAccounts['urn:ietf:params:jmap:core']
    this.address = username
    this.mayAdminister = capability in capabilities
  }

  /** @param {readonly [string, Record<string, unknown>][]} calls @returns {Promise<any[]>} */
  async calls(calls) {
    const answer = await fetch('/jmap/api', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        using: ['urn:ietf:params:jmap:core', capability],
        methodCalls: calls.map(([name, args], at) => [
          name,
          { accountId: this.account, ...args },
          String(at),
        ]),
      }),
    })
    if (answer.status === 401) throw new NeedsLogin()
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
    const { methodResponses } = await answer.json()
    return methodResponses.map(([name, response]) => {
      if (name === 'error') throw new Error(response.description ?? response.type)
      return response
    })
  }

  /** @param {string} type @param {Record<string, unknown>} [args] @returns {Promise<any[]>} */
  async get(type, args = {}) {
    const [{ list }] = await this.calls([[`${type}/get`, args]])
    return list
  }

  /** The first objects that a filter leaves. @returns {Promise<any[]>} */
  async find(type, filter, limit = 100) {
    const [{ ids }] = await this.calls([[`${type}/query`, { filter, limit }]])
    return ids.length > 0 ? this.get(type, { ids, filter }) : []
  }

  /** A refusal of any part is thrown. @param {string} type @param {Record<string, unknown>} args */
  async set(type, args) {
    const [answer] = await this.calls([[`${type}/set`, args]])
    const parts = ['notCreated', 'notUpdated', 'notDestroyed'].map((part) => answer[part] ?? {})
    const [first] = parts.flatMap((part) => Object.values(part))
    if (first) throw new Error(first.description || first.type)
    return answer
  }
}
