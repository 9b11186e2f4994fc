// The rules of the house: who may know whom, and how large things may grow. Reads text, not types:
// an import of a type is an import.
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { filesIn, root } from './files.ts'

/** Whom a room may know; every room may know base, and itself. Floors follow from this table. */
const knows: Readonly<Record<string, readonly string[]>> = {
  cli: ['app'],
  app: [
    ...['protocols', 'delivery', 'queue', 'mailbox', 'accounts', 'trust'],
    ...['sieve', 'message', 'store', 'wire'],
  ],
  protocols: ['delivery', 'queue', 'mailbox', 'accounts', 'message', 'wire'],
  delivery: ['queue', 'mailbox', 'accounts', 'trust', 'sieve', 'message', 'store'],
  queue: ['store', 'message', 'trust'],
  mailbox: ['store', 'message'],
  accounts: ['store'],
  sieve: ['message'],
  trust: ['message', 'store'],
  message: [],
  store: [],
  wire: [],
  base: [],
}

const fileLinesMax = 400
const columnsMax = 100
const nestingMax = 3

export interface SourceFile {
  /** Relative to src/, with "/": "protocols/smtp/session.ts". */
  readonly path: string
  readonly text: string
}

/** What is wrong with the sources, one line each. */
export function houseProblems(files: readonly SourceFile[]): string[] {
  return [
    ...files.flatMap((file) => importProblems(file)),
    ...files.flatMap((file) => shapeProblems(file)),
    ...knotProblems(files),
  ]
}

/** The rooms from the ground up. @throws Error when the table has a cycle. */
export function floors(table = knows): string[][] {
  const left = new Set(Object.keys(table))
  const found: string[][] = []
  while (left.size > 0) {
    const below = (room: string) => (room === 'base' ? [] : [...(table[room] ?? []), 'base'])
    const free = [...left].filter((room) => below(room).every((known) => !left.has(known)))
    if (free.length === 0) throw new Error(`the house has a cycle: ${[...left].join(', ')}`)
    found.push(free)
    for (const room of free) left.delete(room)
  }
  return found
}

function importProblems(file: SourceFile): string[] {
  const [room, closet] = place(file.path)
  return imports(file).flatMap((target) => {
    const [other, otherCloset] = place(target)
    if (other === '') return [`${file.path}: imports ${target}, which is outside the house`]
    if (!/\.(ts|js|json)$/.test(target)) return [`${file.path}: ${target} is named without .ts`]
    if (other === room && otherCloset === closet) return []
    if (other !== room && (other === 'base' || knows[room]?.includes(other))) return []
    const name = otherCloset === '' ? other : `${other}/${otherCloset}`
    return [`${file.path}: ${room} may not know ${name} (${target})`]
  })
}

/** The room, and in it the closet: closets are strangers to each other. */
function place(path: string): [string, string] {
  const [room = '', closet = ''] = path.split('/')
  if (!(room in knows)) return ['', '']
  return [room, room === 'protocols' ? closet : '']
}

const importForm =
  /^(?:import|export)\b[^'"`]*?\bfrom\s*'(\.[^']*)'|^import\s*'(\.[^']*)'|\bimport\('(\.[^']*)'\)/gm

/** Imported files, relative to src/. */
function imports(file: SourceFile): string[] {
  return [...file.text.matchAll(importForm)].map((match) =>
    normalize(join(dirname(file.path), match[1] ?? match[2] ?? match[3] ?? '')),
  )
}

function shapeProblems({ path, text }: SourceFile): string[] {
  const problems: string[] = []
  const lines = text.split('\n')
  const table = path.endsWith('.table.ts')
  if (!table && lines.length - 1 > fileLinesMax)
    problems.push(`${path}: ${lines.length - 1} lines, more than ${fileLinesMax}`)
  lines.forEach((line, at) => {
    const where = `${path}:${at + 1}`
    // The formatter sees to code, and leaves what cannot be broken: long texts.
    if (/^\s*(\/\/|\*|\/\*)/.test(line) && [...line].length > columnsMax)
      problems.push(`${where}: wider than ${columnsMax} columns`)
    if (/^(export )?(let|var) /.test(line)) problems.push(`${where}: mutable state of a module`)
  })
  if (!path.endsWith('.test.ts') && !text.startsWith('// '))
    problems.push(`${path}: opens without saying what it knows`)
  if (/(^|[/-])(utils?|common|helpers?|misc)([./-]|$)/.test(path))
    problems.push(`${path}: a name that says nothing`)
  for (const [, name] of text.matchAll(/^(?:export )?(?:class|interface|type|function) (\w+)/gm))
    if (/(Manager|Handler|Helpers?|Utils?|Common)$/.test(name!))
      problems.push(`${path}: ${name} is a name that says nothing`)
  return [...problems, ...nestingProblems(path, lines)]
}

const control = /^(} )?(if|for|while|switch|try|do|else|catch|finally)\b/

/** Control statements inside each other; a function starts anew. Relies on the formatter. */
function nestingProblems(path: string, lines: readonly string[]): string[] {
  const problems: string[] = []
  let open: { indent: number; control: boolean }[] = []
  lines.forEach((line, at) => {
    const code = line.trim()
    if (code === '' || code.startsWith('//') || code.startsWith('*')) return
    const indent = line.length - line.trimStart().length
    open = open.filter((block) => block.indent < indent)
    if (control.test(code)) open.push({ indent, control: true })
    else if (/(=>|\)|\)?: [^=]*[^=]) \{$/.test(code)) open.push({ indent, control: false })
    const depth = open.length - 1 - open.findLastIndex((block) => !block.control)
    if (control.test(code) && depth > nestingMax)
      problems.push(`${path}:${at + 1}: nested ${depth} deep, more than ${nestingMax}`)
  })
  return problems
}

/** Files that import each other in a circle, types included. */
function knotProblems(files: readonly SourceFile[]): string[] {
  const graph = new Map(files.map((file) => [file.path, imports(file)]))
  const done = new Set<string>()
  const problems: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) {
      problems.push(`import circle: ${[...way.slice(way.indexOf(path)), path].join(' -> ')}`)
      return
    }
    if (done.has(path)) return
    for (const next of graph.get(path) ?? []) visit(next, [...way, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return problems
}

/** Every check on the tree as it is. */
export function checkHouse(): string[] {
  const paths = filesIn('src', (path) => path.endsWith('.ts'))
  floors()
  return houseProblems(
    paths.map((path) => ({
      path: path.slice('src/'.length),
      text: readFileSync(join(root, path), 'utf8'),
    })),
  )
}

if (import.meta.main) {
  const problems = checkHouse()
  console.log(problems.length > 0 ? problems.join('\n') : drawing())
  process.exitCode = problems.length > 0 ? 1 : 0
}

function drawing(): string {
  return floors()
    .map((rooms, floor) => `${floor}  ${rooms.join('  ')}`)
    .reverse()
    .join('\n')
}
