// A command as a table row: its words, its options, what it does. Makes the help and the errors of
// all of them. Knows none.
import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util'

/** Wrong words on the command line: one line on standard error, exit status 2. */
export class Misused extends Error {}

/** What could not be done, in words for a person: one line on standard error, exit status 1. */
export class Failed extends Error {}

export interface Option extends ParseArgsOptionDescriptor {
  /** What the value is called in the help: "DIR". */
  readonly value?: string
  readonly doc: string
}

export type Options = Readonly<Record<string, Option>>

/** The values that options were given. */
export type Given<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>['values']

interface Named {
  readonly name: string
  /** What it does, for the list of commands: one line. */
  readonly summary: string
}

/** A command that does something. */
export interface Command extends Named {
  /** Behind the name: "ADDRESS [OPTIONS]". */
  readonly usage: string
  readonly options: Options
  readonly more: string
  run(args: readonly string[], way: readonly string[]): Promise<number>
}

interface WholeCommand extends Named {
  whole(args: readonly string[]): Promise<number>
}

type Entry = Command | Group | WholeCommand

/** A word with commands below it. */
export interface Group extends Named {
  /** Said below the commands. */
  readonly more?: string
  readonly commands: readonly Entry[]
}

interface Row<O extends Options> extends Named {
  /** Words without a dash: "ADDRESS", "[ID]", "ADDRESS..."; those in brackets may be left out. */
  readonly words?: readonly string[]
  readonly options: O
  /** Said below the options. */
  readonly more?: string
  /** Resolves with the exit status. */
  run(given: Given<O>, words: readonly string[]): Promise<number>
}

/** @throws Misused for what the row does not know. */
export function command<const O extends Options>(row: Row<O>): Command {
  const { name, summary, options, words = [], more = '' } = row
  const anyOption = Object.keys(options).length > 0
  return {
    name,
    summary,
    options,
    more,
    usage: [...words, ...(anyOption ? ['[OPTIONS]'] : [])].join(' '),
    run: async (args, way) => {
      const { values, positionals } = parsed(args, options, way)
      checkCount(positionals, words, way)
      try {
        return await row.run(values, positionals)
      } catch (error) {
        throw error instanceof Misused ? misused(error.message, way) : error
      }
    },
  }
}

/** A command that reads its own arguments, help and all. */
export function wholeCommand(
  name: string,
  summary: string,
  run: (args: readonly string[]) => Promise<number>,
): WholeCommand {
  return { name, summary, whole: run }
}

function parsed<O extends Options>(args: readonly string[], options: O, way: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw misused(mistakeOf(error), way)
  }
}

/** Node's sentence without its advice: "unknown option '--x'". */
function mistakeOf(error: unknown): string {
  const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  const short = said.replace(/\. (To specify|Did you forget).*$/, '').replace(/\.$/, '')
  return short.charAt(0).toLowerCase() + short.slice(1)
}

function checkCount(given: readonly string[], words: readonly string[], way: readonly string[]) {
  const needed = words.filter((word) => !word.startsWith('['))
  const missing = needed[given.length]
  if (missing !== undefined) throw misused(`${missing.replace('...', '')} is missing`, way)
  const extra = given[words.length]
  if (extra !== undefined && !words.at(-1)?.includes('...'))
    throw misused(`unexpected "${extra}"`, way)
}

function misused(mistake: string, way: readonly string[]): Misused {
  return new Misused(`${way.join(' ')}: ${mistake}; see ${way.join(' ')} --help`)
}

/** Finds the command that the words name, and runs it. @throws Misused when there is none. */
export async function dispatch(
  at: Entry,
  args: readonly string[],
  way: readonly string[],
): Promise<number> {
  const [first] = args
  if ('whole' in at) return await at.whole(args)
  if ('run' in at) {
    const ends = args.indexOf('--')
    const flags = ends < 0 ? args : args.slice(0, ends)
    if (!flags.includes('--help') && !flags.includes('-h')) return await at.run(args, way)
    return print(commandHelp(at, way))
  }
  if (first === undefined || first === '--help' || first === '-h' || first === 'help')
    return print(groupHelp(at, way))
  const next = at.commands.find(({ name }) => name === first)
  if (!next) {
    const kind = first.startsWith('-') ? 'option' : 'command'
    throw misused(`unknown ${kind} "${first}"`, way)
  }
  return await dispatch(next, args.slice(1), [...way, first])
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

function groupHelp(group: Group, way: readonly string[]): string {
  const rows = group.commands.map(({ name, summary }) => [name, summary] as const)
  const name = way.join(' ')
  return [
    `usage: ${name} COMMAND`,
    '',
    group.summary,
    '',
    ...columns(rows),
    '',
    `${name} COMMAND --help says more.`,
    ...(group.more === undefined ? [] : [group.more]),
    '',
  ].join('\n')
}

function commandHelp({ usage, summary, options, more }: Command, way: readonly string[]): string {
  const all: Options = {
    ...options,
    help: { type: 'boolean', short: 'h', doc: 'show this' },
  }
  const rows = Object.entries(all).map(([name, { short, value, doc }]) => {
    const letter = short === undefined ? '    ' : `-${short}, `
    return [`${letter}--${name}${value === undefined ? '' : ` ${value}`}`, doc] as const
  })
  const tail = more === '' ? [] : ['', more]
  const head = `usage: ${way.join(' ')} ${usage}`.trimEnd()
  return [head, '', summary, '', ...columns(rows), ...tail, ''].join('\n')
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
