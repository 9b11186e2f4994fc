// What a person prefers of the pages, kept on the server beside the mail, so that every browser
// knows it. Knows the names of what is kept by others, not their meaning.

export class Preferences {
  #jmap
  /** @type {Record<string, any>} */
  #values = {}
  #listeners = new Set()

  constructor(jmap) {
    this.#jmap = jmap
  }

  /** Reads what there is; a server that is away leaves what was known. */
  async load() {
    const [answer] = await this.#jmap.call([['Preferences/get', { ids: null }]])
    this.#values = answer.list[0]?.values ?? {}
    for (const listener of this.#listeners) listener()
  }

  /** @param {string} name @param {any} otherwise */
  get(name, otherwise) {
    return this.#values[name] ?? otherwise
  }

  /** Seen at once, kept soon; other names' values stay as the server has them. @param {string} name */
  async set(name, value) {
    const before = this.#values[name]
    this.#values = { ...this.#values, [name]: value }
    for (const listener of this.#listeners) listener()
    try {
      const update = { singleton: { [`values/${name}`]: value } }
      await this.#jmap.set('Preferences/set', { update })
    } catch (error) {
      this.#values = { ...this.#values, [name]: before }
      for (const listener of this.#listeners) listener()
      throw error
    }
  }

  /** @param {() => void} listener is told of every change */
  watch(listener) {
    this.#listeners.add(listener)
  }
}
