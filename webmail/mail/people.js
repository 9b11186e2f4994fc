// Who might be written to or looked for: the address book first, then whom one wrote to, then whom
// one saw. Knows addresses, no page.

const metMax = 2000
const sentMax = 200

export class People {
  #jmap
  /** @type {Map<string, {name: string, email: string, rank: number}>} by address in lower case */
  #known = new Map()

  constructor(jmap) {
    this.#jmap = jmap
  }

  /** Reads the address book and whom one wrote to last. @param {string} sent the mailbox's id */
  async load(sent) {
    const ids = { resultOf: '1', name: 'Email/query', path: '/ids' }
    const sort = [{ property: 'receivedAt', isAscending: false }]
    const [cards, , emails] = await this.#jmap.call([
      ['ContactCard/get', { ids: null, properties: ['name', 'emails'] }],
      ['Email/query', { filter: { inMailbox: sent }, sort, limit: sentMax }],
      ['Email/get', { '#ids': ids, properties: ['to', 'cc', 'bcc'] }],
    ])
    for (const { to, cc, bcc } of emails.list)
      for (const address of [...(to ?? []), ...(cc ?? []), ...(bcc ?? [])]) this.#add(address, 1)
    for (const card of cards.list)
      for (const email of emailsOf(card)) this.#add({ name: nameOf(card), email }, 2)
  }

  /** @param {readonly any[]} emails that were listed */
  meet(emails) {
    for (const { from, to, cc } of emails)
      for (const address of [...(from ?? []), ...(to ?? []), ...(cc ?? [])])
        if (this.#known.size < metMax) this.#add(address, 0)
  }

  #add({ name, email }, rank) {
    const key = email.toLowerCase()
    const before = this.#known.get(key)
    if (before && before.rank >= rank && (before.name || !name)) return
    this.#known.set(key, { name: name || before?.name || '', email, rank })
  }

  /** Whether one knows them: from the address book, or having written to them. */
  knows(email) {
    return (this.#known.get(email.toLowerCase())?.rank ?? 0) > 0
  }

  /**
   * Whose name or address has words that begin so, the best known first. @param {string} text
   * @returns {{name: string, email: string}[]}
   */
  suggest(text, count = 6) {
    const low = text.trim().toLowerCase()
    if (low === '') return []
    const fits = ({ name, email }) =>
      `${name} ${email}`
        .toLowerCase()
        .split(/[\s.@_<>"-]+/)
        .some((word) => word.startsWith(low)) ||
      email.toLowerCase().startsWith(low) ||
      name.toLowerCase().startsWith(low)
    const found = [...this.#known.values()].filter(fits)
    return found.sort((a, b) => b.rank - a.rank).slice(0, count)
  }

  /** Of those one knows. */
  get domains() {
    const known = [...this.#known.values()].filter(({ rank }) => rank > 0)
    return new Set(known.map(({ email }) => email.slice(email.lastIndexOf('@') + 1).toLowerCase()))
  }
}

/** The whole name of a card, RFC 9553 §2.2.1. */
export function nameOf(card) {
  const { full, components = [] } = card.name ?? {}
  return full || components.map(({ value }) => value).join(' ')
}

/** @returns {string[]} RFC 9553 §2.3.1 */
export function emailsOf(card) {
  return Object.values(card.emails ?? {}).map(({ address }) => address)
}
