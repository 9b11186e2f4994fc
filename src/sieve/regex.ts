// ":regex": POSIX extended regular expressions, run by stepping through all ways at once, so that
// no expression takes longer than its length times the text's. Knows no back references.

type Instruction =
  | { readonly op: 'char'; readonly fits: (char: string) => boolean }
  | { readonly op: 'split'; readonly first: number; readonly second: number }
  | { readonly op: 'jump'; readonly to: number }
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'begin' | 'end' | 'match' }

export interface Regex {
  readonly program: readonly Instruction[]
  readonly groups: number
}

type Node =
  | { readonly is: 'char'; readonly fits: (char: string) => boolean }
  | { readonly is: 'begin' | 'end' }
  | { readonly is: 'group'; readonly number: number; readonly inner: Node }
  | { readonly is: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly is: 'repeat'; readonly inner: Node; readonly min: number; readonly max: number }

const patternMax = 1_000
const programMax = 4_000
const textMax = 16 * 1024
const groupsMax = 32
const repeatMax = 255
const depthMax = 50

/** The expression, or in words why it is none. */
export function compileRegex(pattern: string): Regex | string {
  if (pattern.length > patternMax) return 'too long'
  const reader = new Reader(pattern)
  try {
    const tree = reader.whole()
    const program: Instruction[] = []
    emit({ is: 'group', number: 0, inner: tree }, program)
    program.push({ op: 'match' })
    return { program, groups: reader.groups }
  } catch (error) {
    if (error instanceof BadRegex) return error.message
    throw error
  }
}

class BadRegex extends Error {}

class Reader {
  groups = 0
  readonly #chars: readonly string[]
  #at = 0
  #depth = 0

  constructor(pattern: string) {
    this.#chars = [...pattern]
  }

  whole(): Node {
    const tree = this.#choice()
    if (this.#at < this.#chars.length) throw new BadRegex("')' without '('")
    return tree
  }

  #choice(): Node {
    if (++this.#depth > depthMax) throw new BadRegex('nested too deep')
    const parts = [this.#sequence()]
    while (this.#takes('|')) parts.push(this.#sequence())
    this.#depth--
    return parts.length === 1 ? parts[0]! : { is: 'choice', parts }
  }

  #sequence(): Node {
    const parts: Node[] = []
    while (this.#at < this.#chars.length && !/[|)]/.test(this.#chars[this.#at]!))
      parts.push(this.#repeated(this.#atom()))
    return { is: 'sequence', parts }
  }

  #atom(): Node {
    const mark = this.#chars[this.#at++]!
    if (mark === '(') {
      const number = ++this.groups
      const inner = this.#choice()
      if (!this.#takes(')')) throw new BadRegex("'(' without ')'")
      return { is: 'group', number, inner }
    }
    if (mark === '[') return { is: 'char', fits: this.#bracket() }
    if (mark === '.') return { is: 'char', fits: () => true }
    if (mark === '^') return { is: 'begin' }
    if (mark === '$') return { is: 'end' }
    if (/[*+?{]/.test(mark)) throw new BadRegex(`nothing before '${mark}'`)
    if (mark !== '\\') return { is: 'char', fits: (char) => char === mark }
    const escaped = this.#chars[this.#at++]
    if (escaped === undefined) throw new BadRegex("'\\' at the end")
    if (/[0-9]/.test(escaped)) throw new BadRegex('back references are not supported')
    return { is: 'char', fits: (char) => char === escaped }
  }

  #repeated(inner: Node): Node {
    let node = inner
    for (;;) {
      if (this.#takes('*')) node = { is: 'repeat', inner: node, min: 0, max: Infinity }
      else if (this.#takes('+')) node = { is: 'repeat', inner: node, min: 1, max: Infinity }
      else if (this.#takes('?')) node = { is: 'repeat', inner: node, min: 0, max: 1 }
      else if (this.#chars[this.#at] === '{') node = this.#counted(node)
      else return node
    }
  }

  #counted(inner: Node): Node {
    const rest = this.#chars.slice(this.#at, this.#at + 12).join('')
    const found = /^\{(\d{1,3})(,(\d{0,3}))?\}/.exec(rest)
    if (!found) throw new BadRegex("bad '{'")
    this.#at += found[0].length
    const min = Number(found[1])
    const max = found[2] === undefined ? min : found[3] ? Number(found[3]) : Infinity
    const top = Number.isFinite(max) ? max : min
    if (max < min || top > repeatMax) throw new BadRegex(`bad counts in ${found[0]}`)
    return { is: 'repeat', inner, min, max }
  }

  #bracket(): (char: string) => boolean {
    const negated = this.#takes('^')
    const tests: ((char: string) => boolean)[] = []
    for (let first = true; first || this.#chars[this.#at] !== ']'; first = false) {
      const named = /^\[([:=.])(.+?)\1\]/.exec(this.#chars.slice(this.#at, this.#at + 12).join(''))
      if (named) {
        this.#at += named[0].length
        tests.push(namedSet(named[1]!, named[2]!))
        continue
      }
      const low = this.#chars[this.#at++]
      if (low === undefined) throw new BadRegex("'[' without ']'")
      const range = this.#chars[this.#at] === '-' && this.#chars[this.#at + 1] !== ']'
      const high = range ? this.#chars[this.#at + 1] : low
      if (high === undefined || high < low) throw new BadRegex('bad range')
      if (range) this.#at += 2
      tests.push((char) => char >= low && char <= high)
    }
    this.#at++
    return (char) => tests.some((test) => test(char)) !== negated
  }

  #takes(mark: string): boolean {
    if (this.#chars[this.#at] !== mark) return false
    this.#at++
    return true
  }
}

const classes: Readonly<Record<string, RegExp>> = {
  alnum: /^[\p{L}\p{N}]$/u,
  alpha: /^\p{L}$/u,
  blank: /^[ \t]$/,
  cntrl: /^[\x00-\x1f\x7f]$/,
  digit: /^[0-9]$/,
  graph: /^[^\x00-\x20\x7f]$/u,
  lower: /^\p{Ll}$/u,
  print: /^[^\x00-\x1f\x7f]$/u,
  punct: /^[\p{P}\p{S}]$/u,
  space: /^\s$/,
  upper: /^\p{Lu}$/u,
  xdigit: /^[0-9A-Fa-f]$/,
}

function namedSet(mark: string, name: string): (char: string) => boolean {
  if (mark !== ':') return (char) => char === name
  const set = Object.hasOwn(classes, name) ? classes[name] : undefined
  if (!set) throw new BadRegex(`unknown class [:${name}:]`)
  return (char) => set.test(char)
}

function emit(node: Node, program: Instruction[]): void {
  if (program.length > programMax) throw new BadRegex('too large')
  switch (node.is) {
    case 'char':
      program.push({ op: 'char', fits: node.fits })
      return
    case 'begin':
    case 'end':
      program.push({ op: node.is })
      return
    case 'sequence':
      for (const part of node.parts) emit(part, program)
      return
    case 'group':
      program.push({ op: 'save', slot: node.number * 2 })
      emit(node.inner, program)
      program.push({ op: 'save', slot: node.number * 2 + 1 })
      return
    case 'choice':
      emitChoice(node.parts, program)
      return
    case 'repeat':
      emitRepeat(node, program)
  }
}

function emitChoice(parts: readonly Node[], program: Instruction[]): void {
  const jumps: number[] = []
  parts.forEach((part, n) => {
    const split = program.length
    const last = n === parts.length - 1
    if (!last) program.push({ op: 'match' })
    emit(part, program)
    if (last) return
    jumps.push(program.length)
    program.push({ op: 'match' })
    program[split] = { op: 'split', first: split + 1, second: program.length }
  })
  for (const at of jumps) program[at] = { op: 'jump', to: program.length }
}

function emitRepeat(node: Extract<Node, { is: 'repeat' }>, program: Instruction[]): void {
  for (let n = 0; n < node.min; n++) emit(node.inner, program)
  if (node.max === Infinity) {
    const split = program.length
    program.push({ op: 'match' })
    emit(node.inner, program)
    program.push({ op: 'jump', to: split })
    program[split] = { op: 'split', first: split + 1, second: program.length }
    return
  }
  const splits: number[] = []
  for (let n = node.min; n < node.max; n++) {
    splits.push(program.length)
    program.push({ op: 'match' })
    emit(node.inner, program)
  }
  for (const at of splits) program[at] = { op: 'split', first: at + 1, second: program.length }
}

interface Thread {
  readonly at: number
  readonly slots: readonly number[]
}

/** The whole match and its first nine groups; undefined where there is no match. */
export function matchRegex(
  { program, groups }: Regex,
  given: string,
  foldCase: boolean,
): string[] | undefined {
  const text = [...given.slice(0, textMax)]
  const folded = foldCase ? text.map(bothCases) : text.map((char) => [char])
  let threads: Thread[] = []
  let found: readonly number[] | undefined
  for (let n = 0; n <= text.length; n++) {
    const seen = new Set<number>()
    const ready: Thread[] = []
    const follow = { program, seen, ready, n, length: text.length }
    for (const thread of threads) advance(follow, thread)
    if (!found) advance(follow, { at: 0, slots: [] })
    const next: Thread[] = []
    for (const { at, slots } of ready) {
      const step = program[at]!
      if (step.op === 'match') {
        found = slots
        break
      }
      const chars = folded[n]
      if (step.op === 'char' && chars?.some((char) => step.fits(char)))
        next.push({ at: at + 1, slots })
    }
    threads = next
    if (found && threads.length === 0) break
  }
  if (!found) return undefined
  const slots = found
  return Array.from({ length: Math.min(groups, groupsMax) + 1 }, (_, group) =>
    text.slice(slots[group * 2] ?? 0, slots[group * 2 + 1] ?? 0).join(''),
  )
}

function bothCases(char: string): string[] {
  return [char, char.toLowerCase(), char.toUpperCase()]
}

interface Follow {
  readonly program: readonly Instruction[]
  readonly seen: Set<number>
  readonly ready: Thread[]
  readonly n: number
  readonly length: number
}

/** Every instruction that a thread stands before without reading on, in order of preference. */
function advance({ program, seen, ready, n, length }: Follow, thread: Thread): void {
  const open: Thread[] = [thread]
  for (let next = open.pop(); next; next = open.pop()) {
    const { at, slots } = next
    if (seen.has(at)) continue
    seen.add(at)
    const step = program[at]!
    if (step.op === 'jump') open.push({ at: step.to, slots })
    else if (step.op === 'split') open.push({ at: step.second, slots }, { at: step.first, slots })
    else if (step.op === 'save') {
      const saved = [...slots]
      saved[step.slot] = n
      open.push({ at: at + 1, slots: saved })
    } else if (step.op === 'begin' || step.op === 'end') {
      if (n === (step.op === 'begin' ? 0 : length)) open.push({ at: at + 1, slots })
    } else ready.push(next)
  }
}
