// Which file follows which standard: docs/standards.md is made from the citations in the sources.
// A citation is "RFC 5321 §4.5.2" or "RFC 5321"; any other form is reported.
// `standards.ts` checks, `standards.ts --write` writes the document anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesIn, root } from './files.ts'
import { titles } from './standards.table.ts'

export interface Citation {
  readonly rfc: number
  /** "4.5.2", or "" for the whole. */
  readonly section: string
  readonly file: string
}

const document = 'docs/standards.md'
// "RFC822.SIZE" is a word of IMAP.
const wordOfStandard = /\bRFCs?(?!822\b)(?=\b|\d)|\brfc[ -](?=\d)/g
// "RFC 5321 §4.5.2", "RFC 5321 §4.1 and §4.2", "RFC 5321"
const citation =
  /^RFC ([1-9]\d{1,4})(?![\d-])((?:(?:,| and| or)? §(?:\d+|[A-Z])(?:\.\d+)*)*)(.{0,10})/s

/** Citations of one file; `problems` gets those in no known form. */
export function citations(file: string, text: string, problems: string[]): Citation[] {
  return [...text.matchAll(wordOfStandard)].flatMap(({ index }) => {
    const rest = text.slice(index, index + 80)
    const [, number, sections = '', after = ''] = citation.exec(rest) ?? []
    if (number === undefined || /^,? ?(§|[Ss]ec|[Ss]\.|\d+\.\d)/.test(after)) {
      const line = text.slice(0, index).split('\n').length
      const said = rest.split('\n')[0]?.slice(0, 30)
      problems.push(`${file}:${line}: "${said}" is not in the form "RFC 5321 §4.5.2"`)
      return []
    }
    const rfc = Number(number)
    const cited = [...sections.matchAll(/§([\w.]+)/g)].map(([, section = '']) => section)
    return (cited.length > 0 ? cited : ['']).map((section) => ({ rfc, section, file }))
  })
}

/** docs/standards.md as it should be. */
export function standardsDocument(found: readonly Citation[]): string {
  const numbers = [...new Set(found.map(({ rfc }) => rfc))].sort((a, b) => a - b)
  return [
    '# Standards and where they are followed',
    '',
    'Made from the citations in the sources by `node scripts/standards.ts --write`.',
    ...numbers.flatMap((rfc) => [
      '',
      `## RFC ${rfc}: ${titles[rfc] ?? ''}`,
      '',
      ...rows(rfc, found),
    ]),
    '',
  ].join('\n')
}

function rows(rfc: number, found: readonly Citation[]): string[] {
  const files = new Map<string, Set<string>>()
  for (const { section, file } of found.filter((one) => one.rfc === rfc))
    files.set(file, (files.get(file) ?? new Set()).add(section))
  return [...files].sort().map(([file, sections]) => {
    const named = [...sections].filter((section) => section !== '').sort(bySection)
    return `- \`${file}\`${named.length > 0 ? `: §${named.join(', §')}` : ''}`
  })
}

function bySection(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function read(): { text: string; problems: string[] } {
  const problems: string[] = []
  const found = ['src', 'webmail'].flatMap((folder) =>
    filesIn(folder, (path) => /\.(ts|js|txt)$/.test(path) && !/\.test\.ts$/.test(path)).flatMap(
      (path) => citations(path, readFileSync(join(root, path), 'utf8'), problems),
    ),
  )
  for (const rfc of new Set(found.map((one) => one.rfc)))
    if (!(rfc in titles)) problems.push(`RFC ${rfc} has no title in scripts/standards.table.ts`)
  return { text: standardsDocument(found), problems }
}

/** Wrong citations, and a document that is not what the sources say. */
export function checkStandards(): string[] {
  const { text, problems } = read()
  if (problems.length === 0 && text !== current())
    problems.push(`${document} is stale: run node scripts/standards.ts --write`)
  return problems
}

function current(): string {
  try {
    return readFileSync(join(root, document), 'utf8')
  } catch {
    return ''
  }
}

if (import.meta.main) {
  const write = process.argv.includes('--write')
  if (write) writeFileSync(join(root, document), read().text)
  const problems = checkStandards()
  if (problems.length > 0) console.log(problems.join('\n'))
  process.exitCode = problems.length > 0 ? 1 : 0
}
