// Which messages are selected: one by one, from here to there, or all that a list has, seen or not.
// Knows ids and places only.

export class Selection {
  /** @type {Map<string, any>} the emails, by id */
  #chosen = new Map()
  #anchor = -1
  #changed
  /** All that the list's filter matches, also those that were never loaded. */
  everything = false

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed
  }

  get size() {
    return this.#chosen.size
  }

  get emails() {
    return [...this.#chosen.values()]
  }

  has(id) {
    return this.everything || this.#chosen.has(id)
  }

  /** @param {any} email @param {number} place where the next range begins */
  toggle(email, place) {
    this.#anchor = place
    if (this.everything) {
      this.everything = false
      this.#chosen.clear()
    } else if (!this.#chosen.delete(email.id)) this.#chosen.set(email.id, email)
    this.#changed()
  }

  /** From where the last one was selected to `place`. @param {(place: number) => any} at */
  extend(place, at) {
    const from = this.#anchor < 0 ? place : this.#anchor
    for (let each = Math.min(from, place); each <= Math.max(from, place); each++) {
      const email = at(each)
      if (email) this.#chosen.set(email.id, email)
    }
    if (this.#anchor < 0) this.#anchor = place
    this.#changed()
  }

  /** @param {Iterable<any>} emails */
  addAll(emails) {
    for (const email of emails) this.#chosen.set(email.id, email)
    this.#changed()
  }

  selectEverything() {
    this.everything = true
    this.#changed()
  }

  /** What was selected and is loaded anew is known as it is now. */
  renew(emails) {
    for (const email of emails) if (this.#chosen.has(email.id)) this.#chosen.set(email.id, email)
  }

  clear() {
    const had = this.#chosen.size > 0 || this.everything
    this.#chosen.clear()
    this.everything = false
    this.#anchor = -1
    if (had) this.#changed()
  }
}
