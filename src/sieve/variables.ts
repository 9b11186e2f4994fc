// The variables of a script: RFC 5229, and RFC 6609 §3.4 for those it shares. Knows no command but
// what `set` does to a text.
import { encodeUrl } from './mailto.ts'

const nameForm = /^[A-Za-z_][A-Za-z0-9_]{0,31}$/
const globalForm = /^global\./i
const valueMax = 4_000
const variablesMax = 128

export class Variables {
  readonly #values = new Map<string, string>()
  /** Shared by all scripts of a run, and by name what this one has of them. */
  readonly #globals: Map<string, string>
  readonly #shared = new Set<string>()
  #found: readonly string[] = []

  constructor(globals = new Map<string, string>()) {
    this.#globals = globals
  }

  /** Those of another script in the same run. */
  beside(): Variables {
    return new Variables(this.#globals)
  }

  /** Text with its "${…}"; what names no variable stays as it is written. */
  expand(text: string): string {
    if (!text.includes('${')) return text
    return text.replace(/\$\{([A-Za-z0-9_.]{1,64})\}/g, (written, name: string) => {
      if (/^\d+$/.test(name)) return this.#found[Number(name)] ?? ''
      return isName(name) ? this.get(name) : written
    })
  }

  /** What went wrong, in words. */
  set(name: string, value: string): string | undefined {
    if (!isName(name)) return `'${name}' is no name of a variable`
    const [values, key] = this.#place(name)
    if (!values.has(key) && values.size >= variablesMax) return 'too many variables'
    values.set(key, value.slice(0, valueMax).toWellFormed())
    return undefined
  }

  get(name: string): string {
    const [values, key] = this.#place(name)
    return values.get(key) ?? ''
  }

  /** RFC 6609 §3.4.1. What went wrong, in words. */
  share(names: readonly string[]): string | undefined {
    const wrong = names.find((name) => !nameForm.test(name))
    if (wrong !== undefined) return `'${wrong}' is no name of a variable`
    for (const name of names) {
      const key = name.toLowerCase()
      if (this.#values.has(key)) return `'${name}' is a variable of this script already`
      this.#shared.add(key)
      if (!this.#globals.has(key)) this.#globals.set(key, '')
    }
    return this.#globals.size > variablesMax ? 'too many variables' : undefined
  }

  /** What the wildcards of the last match stand for. */
  matched(found: readonly string[]): void {
    this.#found = found
  }

  #place(name: string): readonly [Map<string, string>, string] {
    const key = name.toLowerCase()
    if (globalForm.test(key)) return [this.#globals, key.slice('global.'.length)]
    return [this.#shared.has(key) ? this.#globals : this.#values, key]
  }
}

/** A variable's, with the "global." of RFC 6609 §3.4.2 before it or not. */
export function isName(name: string): boolean {
  return nameForm.test(name.replace(globalForm, ''))
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
  if (has('encodeurl')) text = encodeUrl(text)
  if (has('length')) text = String([...text].length)
  return text
}
