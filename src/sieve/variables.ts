// The variables of a run: RFC 5229. Knows no command but what `set` does to a text.

const nameForm = /^[A-Za-z_][A-Za-z0-9_]{0,31}$/
const valueMax = 4_000
const variablesMax = 128

export class Variables {
  readonly #values = new Map<string, string>()
  #found: readonly string[] = []

  /** Text with its "${…}"; what names no variable stays as it is written. */
  expand(text: string): string {
    if (!text.includes('${')) return text
    return text.replace(/\$\{([A-Za-z0-9_.]{1,64})\}/g, (written, name: string) => {
      if (/^\d+$/.test(name)) return this.#found[Number(name)] ?? ''
      return nameForm.test(name) ? (this.#values.get(name.toLowerCase()) ?? '') : written
    })
  }

  /** What went wrong, in words. */
  set(name: string, value: string): string | undefined {
    if (!nameForm.test(name)) return `'${name}' is no name of a variable`
    const key = name.toLowerCase()
    if (!this.#values.has(key) && this.#values.size >= variablesMax) return 'too many variables'
    this.#values.set(key, value.slice(0, valueMax).toWellFormed())
    return undefined
  }

  get(name: string): string {
    return this.#values.get(name.toLowerCase()) ?? ''
  }

  /** What the wildcards of the last match stand for. */
  matched(found: readonly string[]): void {
    this.#found = found
  }
}

/** RFC 5229 §4.1: modifiers from the highest precedence down. */
export function modified(value: string, has: (modifier: string) => boolean): string {
  let text = value
  if (has('lower')) text = text.toLowerCase()
  if (has('upper')) text = text.toUpperCase()
  if (has('lowerfirst')) text = text.slice(0, 1).toLowerCase() + text.slice(1)
  if (has('upperfirst')) text = text.slice(0, 1).toUpperCase() + text.slice(1)
  if (has('quotewildcard')) text = text.replace(/[*?\\]/g, '\\$&')
  if (has('quoteregex')) text = text.replace(/[\^$.*+?()[\]{}|\\]/g, '\\$&')
  if (has('length')) text = String([...text].length)
  return text
}
