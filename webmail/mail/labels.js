// Labels: keywords of messages that a person gave a name and a colour. Knows where they are kept,
// no page.

/** @typedef {{keyword: string, name: string, colour: string}} Label */

/** Each has a hue in the style sheet, for both themes. */
export const colours = ['teal', 'green', 'amber', 'red', 'pink', 'purple', 'blue', 'grey']

export class Labels {
  #preferences

  constructor(preferences) {
    this.#preferences = preferences
  }

  /** @returns {Label[]} */
  get all() {
    return this.#preferences.get('labels', [])
  }

  /** Those that an email has. @param {Record<string, boolean>} keywords */
  of(keywords) {
    return this.all.filter(({ keyword }) => keywords[keyword])
  }

  /** @param {string} name @param {string} colour @returns {Promise<Label>} */
  async add(name, colour) {
    const known = this.all.find((label) => label.name.toLowerCase() === name.toLowerCase())
    if (known) return known
    const label = { keyword: keywordOf(name, this.all), name, colour }
    await this.#preferences.set('labels', [...this.all, label])
    return label
  }

  /** @param {string} keyword @param {Partial<Label>} change */
  change(keyword, change) {
    const all = this.all.map((label) =>
      label.keyword === keyword ? { ...label, ...change } : label,
    )
    return this.#preferences.set('labels', all)
  }

  /** The name goes; what has the keyword keeps it. @param {string} keyword */
  remove(keyword) {
    return this.#preferences.set(
      'labels',
      this.all.filter((label) => label.keyword !== keyword),
    )
  }
}

/** A keyword that mail programs may show, too: RFC 8621 §4.1.1 says which signs it may have. */
export function keywordOf(name, others) {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
  const base = plain || 'label'
  const taken = new Set(others.map(({ keyword }) => keyword))
  for (let n = 1; ; n++) {
    const keyword = n === 1 && plain ? base : `${base}-${n}`
    if (!taken.has(keyword)) return keyword
  }
}
