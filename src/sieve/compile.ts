// Proves a script before it is ever run: every command known, required and given what it takes.
// Knows the forms of the language, not what they do.
import { toComparator } from './comparators.ts'
import {
  capabilities,
  commands,
  type Form,
  implied,
  type Kind,
  type TagForm,
  tests,
} from './grammar.table.ts'
import { literalChecks } from './literal-checks.ts'
import { type Argument, type Phrase, parse } from './parser.ts'
import { type Problem, problemAt, SieveError } from './problem.ts'
import { compileRegex } from './regex.ts'

/** A command or test whose arguments are known to be right. */
export interface Step {
  readonly name: string
  readonly line: number
  /** The comment above it that begins "rule:", which names it in traces; "" for none. */
  readonly rule: string
  readonly tags: ReadonlyMap<string, readonly string[] | number | true>
  /** Without those that were left out, in order. */
  readonly values: readonly (readonly string[] | number)[]
  readonly tests: readonly Step[]
  readonly block: readonly Step[]
}

export interface Script {
  readonly steps: readonly Step[]
  readonly requires: ReadonlySet<string>
}

export const scriptMaxBytes = 256 * 1024
const problemsMax = 20
/** RFC 5703 §3.1 asks for as many at least. */
export const loopsMax = 4

/** What a script may say. */
export interface Forms {
  readonly commands: Readonly<Record<string, Form>>
  readonly tests: Readonly<Record<string, Form>>
  readonly capabilities: readonly string[]
}

const usualForms: Forms = { commands, tests, capabilities }

/** @throws SieveError with all that is wrong */
export function compile(source: string, forms = usualForms): Script {
  if (Buffer.byteLength(source) > scriptMaxBytes)
    throw new SieveError([{ line: 1, column: 1, text: `larger than ${scriptMaxBytes} bytes` }])
  const compiler = new Compiler(source, forms)
  const steps = compiler.block(parse(source), 0)
  if (compiler.problems.length > 0) throw new SieveError(compiler.problems.slice(0, problemsMax))
  return { steps, requires: compiler.requires }
}

class Compiler {
  readonly requires = new Set<string>()
  readonly problems: Problem[] = []
  readonly #source: string
  readonly #forms: Forms
  readonly #ruleLines: readonly string[]
  /** RFC 5463 §4: what is asked for may be used, without being required. */
  readonly #askedFor = new Set<string>()
  /** The names of the loops around. */
  readonly #loops: string[] = []
  #onlyRequires = true

  constructor(source: string, forms: Forms) {
    this.#source = source
    this.#forms = forms
    this.#ruleLines = source.split('\n')
  }

  block(phrases: readonly Phrase[], depth: number): Step[] {
    let before = ''
    return phrases.flatMap((phrase) => {
      const { name, at } = phrase
      const follows = before === 'if' || before === 'elsif'
      if ((name === 'elsif' || name === 'else') && !follows) this.#wrong(at, `${name} without if`)
      before = name
      if (name !== 'require') this.#onlyRequires = false
      else if (depth > 0 || !this.#onlyRequires)
        this.#wrong(at, 'require must come before all other commands')
      const step = this.#step(phrase, 'command', depth)
      if (step && name === 'require') this.#require(step, at)
      return step && name !== 'require' ? [step] : []
    })
  }

  #require(step: Step, at: number): void {
    const [names = []] = step.values
    for (const name of typeof names === 'object' ? names : []) {
      if (!this.#forms.capabilities.includes(name)) this.#wrong(at, `unknown capability '${name}'`)
      else for (const each of [name, ...(implied[name] ?? [])]) this.requires.add(each)
    }
  }

  #step(phrase: Phrase, place: 'command' | 'test', depth: number): Step | undefined {
    const { name, at } = phrase
    const { commands, tests } = this.#forms
    const table = place === 'command' ? commands : tests
    const form = Object.hasOwn(table, name) ? table[name] : undefined
    if (!form) {
      const other = Object.hasOwn(place === 'command' ? tests : commands, name)
      const what = place === 'command' ? 'test' : 'command'
      this.#wrong(at, other ? `${name} is a ${what}, no ${place}` : `unknown ${place} '${name}'`)
      return undefined
    }
    this.#needs(form.needs, name, at)
    const { tags, values } = this.#arguments(phrase, form)
    this.#shape(phrase, form)
    const children = phrase.tests.flatMap((test) => this.#step(test, 'test', depth) ?? [])
    const known = this.problems.length
    const block = this.#blockOf(phrase, tags, depth)
    // RFC 5463 §4: what is never run may be in words that nobody here knows.
    if (children.some((test) => this.#neverHolds(test))) this.problems.length = known
    const { line } = problemAt(this.#source, at, '')
    const step = { name, line, rule: this.#ruleAbove(line), tags, values, tests: children, block }
    this.#checkMatching(step, at)
    for (const text of literalChecks[name]?.(step, (text) => this.#isConstant(text)) ?? [])
      this.#wrong(at, text)
    this.#checkPlace(step, at)
    return step
  }

  #blockOf({ name, block, at }: Phrase, tags: Step['tags'], depth: number): Step[] {
    if (!block) return []
    const loop = tags.get('name')
    if (name === 'foreverypart') this.#loops.push(typeof loop === 'object' ? (loop[0] ?? '') : '')
    if (this.#loops.length > loopsMax) this.#wrong(at, `more than ${loopsMax} loops in each other`)
    const steps = this.block(block, depth + 1)
    if (name === 'foreverypart') this.#loops.pop()
    return steps
  }

  /** RFC 5703 §3.2, and what is known of the future of `ihave`. */
  #checkPlace({ name, tags, values }: Step, at: number): void {
    const loop = tags.get('name')
    if (name === 'break' && this.#loops.length === 0) this.#wrong(at, 'break outside of a loop')
    else if (name === 'break' && typeof loop === 'object' && !this.#loops.includes(loop[0] ?? ''))
      this.#wrong(at, `no loop around has the name '${loop[0]}'`)
    if (name === 'global' || name === 'extracttext') this.#needs('variables', name, at)
    if (name === 'extracttext' && this.#loops.length === 0)
      this.#wrong(at, 'extracttext outside of a loop')
    if (name === 'ihave' && typeof values[0] === 'object')
      for (const asked of values[0]) this.#askedFor.add(asked)
  }

  #neverHolds({ name, values, tests }: Step): boolean {
    if (name === 'allof') return tests.some((test) => this.#neverHolds(test))
    const [asked] = values
    return (
      name === 'ihave' &&
      typeof asked === 'object' &&
      !asked.every((one) => this.#forms.capabilities.includes(one))
    )
  }

  /** Nothing in it stands for something else. */
  #isConstant(text: string): boolean {
    return !this.requires.has('variables') || !text.includes('${')
  }

  #needs(capability: string | undefined, what: string, at: number): void {
    if (capability && !this.requires.has(capability) && !this.#askedFor.has(capability))
      this.#wrong(at, `${what} needs require "${capability}"`)
  }

  #arguments({ name, args, at }: Phrase, form: Form) {
    const tags = new Map<string, readonly string[] | number | true>()
    const values: (readonly string[] | number)[] = []
    const found: Argument[] = []
    for (let n = 0; n < args.length; n++) {
      const arg = args[n]!
      if (arg.is !== 'tag') {
        found.push(arg)
        continue
      }
      const tag = form.tags && Object.hasOwn(form.tags, arg.name) ? form.tags[arg.name] : undefined
      if (!tag) this.#wrong(arg.at, `${name} has no argument ':${arg.name}'`)
      else if (tags.has(arg.name)) this.#wrong(arg.at, `':${arg.name}' is there twice`)
      else tags.set(arg.name, this.#tagValue(arg.name, tag, { next: args[n + 1], at: arg.at }))
      if (tag?.takes) n++
    }
    const first = form.firstOptional && found.length < form.takes.length ? 1 : 0
    const last = form.lastOptional && found.length < form.takes.length ? 1 : 0
    const takes = form.takes.slice(first, form.takes.length - last)
    if (found.length !== takes.length)
      this.#wrong(at, `${name} takes ${takes.length} arguments, found ${found.length}`)
    found.slice(0, takes.length).forEach((arg, n) => {
      values.push(this.#value(arg, takes[n]!, `argument ${n + 1} of ${name}`))
    })
    for (const group of form.oneOf ?? []) {
      const both = group.filter((tag) => tags.has(tag))
      if (both.length > 1) this.#wrong(at, `:${both.join(' and :')} exclude each other`)
    }
    return { tags, values }
  }

  #tagValue(
    name: string,
    { needs, takes }: TagForm,
    { next, at }: { next: Argument | undefined; at: number },
  ) {
    this.#needs(needs, `:${name}`, at)
    if (!takes) return true
    if (next) return this.#value(next, takes, `:${name}`)
    this.#wrong(at, `:${name} lacks its value`)
    return []
  }

  #value(arg: Argument, kind: Kind, what: string): readonly string[] | number {
    if (arg.is === 'number' && kind === 'number') return arg.value
    if (arg.is === 'strings' && kind !== 'number' && !(arg.list && kind === 'string')) {
      if (!this.requires.has('encoded-character')) return arg.values
      for (const text of arg.values) {
        const bad = badCharacter(text)
        if (bad !== undefined) this.#wrong(arg.at, bad)
      }
      return arg.values.map(decoded)
    }
    const wanted = { string: 'a string', strings: 'a string or a list of them', number: 'a number' }
    this.#wrong(arg.at, `${what} must be ${wanted[kind]}`)
    return kind === 'number' ? 0 : []
  }

  #shape({ name, tests: given, block, at }: Phrase, form: Form): void {
    if (form.block && !block) this.#wrong(at, `${name} lacks its block`)
    if (!form.block && block) this.#wrong(at, `${name} takes no block`)
    const [count, { length }] = [form.tests, given]
    if (!count && length > 0) this.#wrong(at, `${name} takes no test: is a ';' missing before?`)
    if (count === 'one' && length !== 1) this.#wrong(at, `${name} takes one test, found ${length}`)
    if (count === 'list' && length === 0) this.#wrong(at, `${name} takes a list of tests`)
  }

  #checkMatching({ name, tags, values }: Step, at: number): void {
    const comparator = tags.get('comparator')
    if (Array.isArray(comparator)) this.#checkComparator(String(comparator[0]), at)
    // RFC 4790 §9.1: numbers have no parts.
    const within = ['contains', 'matches', 'regex'].find((type) => tags.has(type))
    if (within !== undefined && String(comparator) === 'i;ascii-numeric')
      this.#wrong(at, `:${within} does not go with i;ascii-numeric`)
    for (const type of ['value', 'count']) {
      const relation = tags.get(type)
      if (Array.isArray(relation) && !/^(?:gt|ge|lt|le|eq|ne)$/i.test(String(relation[0])))
        this.#wrong(at, `':${type}' must be followed by gt, ge, lt, le, eq or ne`)
    }
    if (tags.has('regex')) this.#checkRegex(values.at(-1), at)
    if (name === 'size' && tags.size === 0) this.#wrong(at, 'size needs :over or :under')
    if (
      tags.has('last') &&
      !tags.has('index') &&
      Object.hasOwn(tests, name) &&
      tests[name]?.tags?.index
    )
      this.#wrong(at, ':last without :index')
  }

  #checkComparator(name: string, at: number): void {
    if (!toComparator(name)) this.#wrong(at, `unknown comparator '${name}'`)
    else if (!/^i;(?:octet|ascii-casemap)$/.test(name))
      this.#needs(`comparator-${name}`, `comparator "${name}"`, at)
  }

  #checkRegex(keys: readonly string[] | number | undefined, at: number): void {
    if (typeof keys !== 'object') return
    for (const key of keys) {
      if (!this.#isConstant(key)) continue
      const regex = compileRegex(key)
      if (typeof regex === 'string') this.#wrong(at, `bad regular expression: ${regex}`)
    }
  }

  #ruleAbove(line: number): string {
    return /^\s*#\s*rule:\s*(.{1,100}?)\s*$/.exec(this.#ruleLines[line - 2] ?? '')?.[1] ?? ''
  }

  #wrong(at: number, text: string): void {
    this.problems.push(problemAt(this.#source, at, text))
  }
}

/** RFC 5228 §2.4.2.4; what is no valid encoding stays as written. */
function decoded(text: string): string {
  return text
    .replace(/\$\{hex:\s*((?:[0-9a-f]{1,2}\s+)*[0-9a-f]{1,2})\s*\}/gi, (_, hex: string) =>
      Buffer.from(hex.split(/\s+/).map((pair) => Number.parseInt(pair, 16))).toString('utf8'),
    )
    .replace(unicodeForm, (written: string, list: string) => {
      const codes = codesIn(list)
      return codes.every(isScalar) ? String.fromCodePoint(...codes) : written
    })
}

const unicodeForm = /\$\{unicode:\s*((?:[0-9a-f]{1,20}\s+)*[0-9a-f]{1,20})\s*\}/gi

function codesIn(list: string): readonly number[] {
  return list.split(/\s+/).map((code) => Number.parseInt(code, 16))
}

function isScalar(code: number): boolean {
  return code < 0xd800 || (code > 0xdfff && code <= 0x10ffff)
}

/** RFC 5228 §2.4.2.4: what is no character of Unicode is an error. */
function badCharacter(text: string): string | undefined {
  for (const [, list = ''] of text.matchAll(unicodeForm)) {
    const bad = codesIn(list).find((code) => !isScalar(code))
    if (bad !== undefined) return `${bad.toString(16).slice(0, 20)} is no character of Unicode`
  }
  return undefined
}
