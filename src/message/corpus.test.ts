// Messages that other projects keep for their tests: they are read from a folder beside the
// project, or the one in AMPLOP_CORPUS, and are no part of it.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { mailboxesOf } from './address-list.ts'
import { bodyParts } from './body-parts.ts'
import { digest } from './digest.ts'
import { partText, plainText } from './plain-text.ts'
import type { Part } from './structure.ts'

const corpus = process.env.AMPLOP_CORPUS ?? join(import.meta.dirname, '../../../shared/corpus')
const skip = existsSync(corpus) ? false : 'corpus absent (AMPLOP_CORPUS)'

test('hundreds of odd messages are digested, each within its own bytes', { skip }, () => {
  const folders = '{mail-parser,mimekit,mime4j,mikel-mail,nodemailer-mailparser}'
  const files = globSync(join(corpus, folders, '**/*.{eml,txt,msg}'))
  assert.ok(files.length > 200, `${files.length} messages`)
  for (const file of files) {
    const bytes = readFileSync(file)
    const { structure, headerSize } = digest(bytes)
    plainText(bytes, 100_000, structure)
    assert.ok(headerSize <= bytes.length && structure.end === bytes.length, file)
  }
})

interface Expected {
  readonly text_body: readonly number[]
  readonly attachments: readonly number[]
  readonly parts: readonly ExpectedPart[]
}
interface ExpectedPart {
  readonly headers: readonly { readonly name: unknown; readonly value: unknown }[]
  readonly body: { readonly Text?: string; readonly Multipart?: readonly number[] }
  readonly offset_header: number
  readonly offset_body: number
  readonly offset_end: number
}
interface ExpectedAddresses {
  readonly Address?: { readonly List?: readonly { name?: string; address?: string }[] }
}
interface ExpectedDate {
  readonly DateTime?: Record<
    'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'tz_hour' | 'tz_minute',
    number
  > & {
    readonly tz_before_gmt: boolean
  }
}

/** What agrees and what was compared, by kind. */
class Tally {
  readonly kinds = new Map<string, { agree: number; of: number; differ: string[] }>()

  add(kind: string, file: string, ours: unknown, theirs: unknown): void {
    const count = this.kinds.get(kind) ?? { agree: 0, of: 0, differ: [] }
    this.kinds.set(kind, count)
    count.of++
    if (JSON.stringify(ours) === JSON.stringify(theirs)) count.agree++
    else count.differ.push(file)
  }
}

function header(expected: Expected, name: string): unknown {
  return expected.parts[0]?.headers.findLast((field) => field.name === name)?.value
}

function compareHeader(tally: Tally, file: string, expected: Expected, bytes: Buffer): void {
  const { envelope } = digest(bytes)
  const subject = header(expected, 'subject') as { Text?: string } | undefined
  if (subject !== undefined) tally.add('subject', file, envelope.subject, subject.Text ?? '')
  for (const name of ['from', 'to', 'cc'] as const) {
    const list = (header(expected, name) as ExpectedAddresses | undefined)?.Address?.List
    if (list === undefined) continue
    const ours = mailboxesOf(envelope[name]).map((box) => [
      box.name,
      box.domain === '' ? box.local : `${box.local}@${box.domain}`,
    ])
    const theirs = list.map((entry) => [entry.name ?? '', entry.address ?? ''])
    tally.add('addresses', file, ours, theirs)
  }
  const date = (header(expected, 'date') as ExpectedDate | undefined)?.DateTime
  if (date === undefined) return
  const zone = (date.tz_before_gmt ? -1 : 1) * (date.tz_hour * 60 + date.tz_minute)
  const ms = Date.UTC(date.year, date.month - 1, date.day, date.hour, date.minute, date.second)
  tally.add('date', file, envelope.date, ms - zone * 60_000)
}

type Tree = number[] | Tree[]
const ourTree = (part: Part): Tree =>
  part.parts === undefined ? [part.start, part.body, part.end] : part.parts.map(ourTree)

function compareBody(tally: Tally, file: string, expected: Expected, bytes: Buffer): void {
  const { structure } = digest(bytes)
  const theirTree = (index: number): Tree => {
    const part = expected.parts[index]!
    return (
      part.body.Multipart?.map(theirTree) ?? [part.offset_header, part.offset_body, part.offset_end]
    )
  }
  tally.add('structure', file, ourTree(structure), theirTree(0))
  const parts = bodyParts(structure)
  tally.add('attachments', file, parts.attachments.length, expected.attachments.length)
  const theirs = expected.parts[expected.text_body[0] ?? -1]?.body.Text
  if (theirs === undefined || parts.text[0] === undefined) return
  const ours = partText(bytes, parts.text[0], 1_000_000)
  tally.add('text', file, ours.trim(), theirs.replaceAll('\r\n', '\n').trim())
}

test('another parser reads the same messages nearly always the same', { skip }, (t) => {
  const tally = new Tally()
  const folder = join(corpus, 'mail-parser/resources/eml')
  for (const path of globSync(join(folder, '*/*.eml')).sort()) {
    const text = readFileSync(path, 'latin1').replaceAll('\r\n', '\n')
    for (const [ending, form] of [
      ['.json', text],
      ['.crlf.json', text.replaceAll('\n', '\r\n')],
    ] as const) {
      const json = path.replace(/\.eml$/, ending)
      const expected = JSON.parse(readFileSync(json, 'utf8')) as Expected
      const name = relative(folder, json)
      const bytes = Buffer.from(form, 'latin1')
      compareHeader(tally, name, expected, bytes)
      // How to cut up what is broken on purpose is anyone's guess.
      if (!name.startsWith('malformed')) compareBody(tally, name, expected, bytes)
    }
  }
  const rate = (kind: string) => {
    const { agree, of, differ } = tally.kinds.get(kind)!
    t.diagnostic(`${kind}: ${agree} of ${of}; differ: ${differ.join(' ')}`)
    return agree / of
  }
  for (const [kind, floor] of floors) assert.ok(rate(kind) >= floor, kind)
})

// The rest are choices: a word alone in From is a local part to us and a name to them; media among
// text is shown as RFC 8621 has it, not attached; a message whose inner boundary never comes ends
// at the outer one; a boundary in the middle of a line is none; NUL is not text; a date without
// a readable zone or time is none.
const floors: [kind: string, floor: number][] = [
  ['subject', 1],
  ['date', 0.94],
  ['addresses', 0.9],
  ['structure', 0.93],
  ['attachments', 0.86],
  ['text', 0.9],
]
