// The tree of a Sieve script: RFC 5228 §8.2. Knows no command by name, but `if` and its like as
// little as any other.
import { Lexer, type Token } from './lexer.ts'
import { problemAt, SieveError } from './problem.ts'

export type Argument =
  | { readonly is: 'number'; readonly value: number; readonly at: number }
  | { readonly is: 'tag'; readonly name: string; readonly at: number }
  | {
      readonly is: 'strings'
      readonly values: readonly string[]
      readonly list: boolean
      readonly at: number
    }

/** A command or a test: they differ in where they may stand only. */
export interface Phrase {
  readonly name: string
  readonly at: number
  readonly args: readonly Argument[]
  readonly tests: readonly Phrase[]
  /** undefined for a command that ends in ";", and for tests. */
  readonly block: readonly Phrase[] | undefined
}

const depthMax = 32
const argumentsMax = 32
const listMax = 1_000

/** @throws SieveError */
export function parse(source: string): readonly Phrase[] {
  return new Parser(source).script()
}

class Parser {
  readonly #source: string
  readonly #lexer: Lexer
  #token: Token
  #depth = 0

  constructor(source: string) {
    this.#source = source
    this.#lexer = new Lexer(source)
    this.#token = this.#lexer.next()
  }

  script(): readonly Phrase[] {
    const commands: Phrase[] = []
    while (this.#token.kind !== 'end') commands.push(this.#command())
    return commands
  }

  #command(): Phrase {
    const phrase = this.#phrase('a command')
    if (this.#takes(';')) return phrase
    if (!this.#takes('{')) throw this.#expected(`';' or '{' after ${phrase.name}`)
    this.#descend()
    const block: Phrase[] = []
    while (!this.#takes('}')) block.push(this.#command())
    this.#depth--
    return { ...phrase, block }
  }

  /** RFC 5228 §8.2: identifier, arguments, and a test or a list of tests. */
  #phrase(wanted: string): Phrase {
    const { kind, text: name, at } = this.#token
    if (kind !== 'identifier') throw this.#expected(wanted)
    this.#advance()
    this.#descend()
    const args = this.#arguments()
    const tests: Phrase[] = []
    if (this.#takes('(')) {
      do tests.push(this.#phrase('a test'))
      while (this.#takes(','))
      if (!this.#takes(')')) throw this.#expected("',' or ')'")
    } else if (this.#token.kind === 'identifier') tests.push(this.#phrase('a test'))
    this.#depth--
    return { name, at, args, tests, block: undefined }
  }

  #arguments(): Argument[] {
    const args: Argument[] = []
    for (;;) {
      const { kind, text, number, at } = this.#token
      if (kind === 'number') args.push({ is: 'number', value: number, at })
      else if (kind === 'tag') args.push({ is: 'tag', name: text, at })
      else if (kind === 'string') args.push({ is: 'strings', values: [text], list: false, at })
      else if (kind === 'mark' && text === '[') {
        args.push({ is: 'strings', values: this.#list(), list: true, at })
        continue
      } else return args
      if (args.length > argumentsMax) throw this.#wrong('too many arguments')
      this.#advance()
    }
  }

  #list(): string[] {
    const values: string[] = []
    this.#advance()
    do {
      if (this.#token.kind !== 'string') throw this.#expected('a string')
      values.push(this.#token.text)
      if (values.length > listMax) throw this.#wrong('too many strings')
      this.#advance()
    } while (this.#takes(','))
    if (!this.#takes(']')) throw this.#expected("',' or ']'")
    return values
  }

  #descend(): void {
    if (++this.#depth > depthMax) throw this.#wrong('nested too deep')
  }

  #takes(mark: string): boolean {
    if (this.#token.kind !== 'mark' || this.#token.text !== mark) return false
    this.#advance()
    return true
  }

  #advance(): void {
    this.#token = this.#lexer.next()
  }

  #expected(wanted: string): SieveError {
    const { kind, text } = this.#token
    const found = kind === 'end' ? text : `'${text.slice(0, 40)}'`
    return this.#wrong(`expected ${wanted}, found ${found}`)
  }

  #wrong(text: string): SieveError {
    return new SieveError([problemAt(this.#source, this.#token.at, text)])
  }
}
