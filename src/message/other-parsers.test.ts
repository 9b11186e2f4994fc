// What mail-parser, mime4j and MimeKit expect of their own test messages, and what is read here.
// Where that differs on purpose docs/mime.md says so, with the reason; this holds it to its word.
// The messages are read from a folder beside the project, or the one in AMPLOP_CORPUS.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { test } from 'node:test'
import { mailboxesOf } from './address-list.ts'
import { bodyParts } from './body-parts.ts'
import { digest } from './digest.ts'
import { envelopeText } from './envelope-text.ts'
import { scanHeader } from './header-fields.ts'
import { partText } from './plain-text.ts'
import type { Part } from './structure.ts'
import { structureText } from './structure-text.ts'
import { decodeTransfer } from './transfer-decode.ts'

const corpus = process.env.AMPLOP_CORPUS ?? join(import.meta.dirname, '../../../shared/corpus')
const skip = existsSync(corpus) ? false : 'corpus absent (AMPLOP_CORPUS)'

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

/** What was compared, and what of it differs: "kind of message". */
class Tally {
  compared = 0
  readonly differ = new Set<string>()

  add(kind: string, message: string, ours: unknown, theirs: unknown): void {
    this.compared++
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) this.differ.add(`${kind} of ${message}`)
  }
}

/** The differences that docs/mime.md owns to, of one parser. */
function known(parser: string): string[] {
  const text = readFileSync(new URL('../../docs/mime.md', import.meta.url), 'utf8')
  const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  return rows
    .filter(([, name]) => name === parser)
    .flatMap(([, , kinds = '', messages = '']) =>
      kinds
        .split(', ')
        .flatMap((kind) =>
          messages.split(', ').map((message) => `${kind} of ${message.replaceAll('`', '')}`),
        ),
    )
}

function assertKnown(parser: string, { compared, differ }: Tally, least: number): void {
  assert.ok(compared >= least, `${compared} comparisons`)
  assert.deepEqual([...differ].sort(), known(parser).sort())
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

test('mail-parser reads the same messages the same, but for what is listed', { skip }, () => {
  const tally = new Tally()
  const folder = join(corpus, 'mail-parser/resources/eml')
  for (const path of globSync(join(folder, '*/*.eml')).sort()) {
    const text = readFileSync(path, 'latin1').replaceAll('\r\n', '\n')
    const name = relative(folder, path).replace(/\.eml$/, '')
    for (const [ending, form] of [
      ['.json', text],
      ['.crlf.json', text.replaceAll('\n', '\r\n')],
    ] as const) {
      const json = path.replace(/\.eml$/, ending)
      const expected = JSON.parse(readFileSync(json, 'utf8')) as Expected
      const bytes = Buffer.from(form, 'latin1')
      compareHeader(tally, name, expected, bytes)
      // How to cut up what is broken on purpose is anyone's guess.
      if (!name.startsWith('malformed')) compareBody(tally, name, expected, bytes)
    }
  }
  assertKnown('mail-parser', tally, 300)
})

interface Entity {
  readonly mimeType: string
  readonly headersEndOffset: number
  readonly endOffset: number
  readonly children?: readonly Entity[]
  readonly message?: { readonly body: Entity }
}

type Shape = [type: string, body: number, end: number, ...below: Shape[]]

function theirShape({ mimeType, headersEndOffset, endOffset, children, message }: Entity): Shape {
  const below = children ?? (message ? [message.body] : [])
  return [mimeType.toLowerCase(), headersEndOffset, endOffset, ...below.map(theirShape)]
}

function ourShape(part: Part, at: number): Shape {
  const below = part.parts ?? (part.message ? [part.message] : [])
  const type = `${part.type}/${part.subtype}`
  return [type, at + part.body, at + part.end, ...below.map((each) => ourShape(each, at))]
}

test('MimeKit finds the same parts in the same places, but for what is listed', { skip }, () => {
  const tally = new Tally()
  const folder = join(corpus, 'mimekit/UnitTests/TestData/mbox')
  for (const path of globSync(join(folder, '*.mbox.txt')).sort()) {
    const name = basename(path, '.mbox.txt')
    const text = readFileSync(path, 'latin1').replaceAll('\r\n', '\n')
    for (const [form, said] of [
      ['unix', text],
      ['dos', text.replaceAll('\n', '\r\n')],
    ] as const) {
      const bytes = Buffer.from(said, 'latin1')
      const json = readFileSync(join(folder, `${name}.${form}-offsets.json`), 'utf8')
      const messages = JSON.parse(json) as {
        beginOffset: number
        endOffset: number
        body: Entity
      }[]
      for (const [n, { beginOffset, endOffset, body }] of messages.entries()) {
        const { structure } = digest(bytes.subarray(beginOffset, endOffset))
        tally.add('structure', `${name} ${n}`, ourShape(structure, beginOffset), theirShape(body))
      }
    }
  }
  assertKnown('MimeKit', tally, 60)
})

/** Of what is no multipart and no message, the decoded bytes with LF. */
function leaves(part: Part, bytes: Buffer): string[] {
  const below = part.parts ?? (part.message ? [part.message] : undefined)
  if (below) return below.flatMap((each) => leaves(each, bytes))
  const decoded = decodeTransfer(bytes.subarray(part.body, part.end), part.encoding)
  return [decoded.toString('latin1').replaceAll('\r\n', '\n')]
}

test('mime4j decodes the same bodies, but for what is listed', { skip }, () => {
  const tally = new Tally()
  const folder = join(corpus, 'mime4j/core/src/test/resources/testmsgs')
  for (const path of globSync(join(folder, '*_decoded.xml')).sort()) {
    const name = basename(path, '_decoded.xml')
    const xml = readFileSync(path, 'latin1')
    const theirs = [...xml.matchAll(/<(?:text|binary)-body name="([^"]*)"/g)].map(([, file = '']) =>
      readFileSync(join(folder, file), 'latin1').replaceAll('\r\n', '\n'),
    )
    const bytes = readFileSync(join(folder, `${name}.msg`))
    tally.add('bodies', name, leaves(digest(bytes).structure, bytes), theirs)
  }
  assertKnown('mime4j', tally, 30)
})

/** What IMAP says of a message is made of strings, numbers, NIL and parentheses that match. */
function wellSaid(text: string): boolean {
  const rest = text.replaceAll(/"(?:[^"\\\r\n]|\\["\\])*"/g, '0')
  let depth = 0
  for (const mark of rest) {
    if (mark === '(') depth++
    if (mark === ')' && --depth < 0) return false
  }
  return depth === 0
}

test('every message has an ENVELOPE and a BODYSTRUCTURE', { skip }, () => {
  const folders = '{mail-parser,mimekit,mime4j,mikel-mail,nodemailer-mailparser}'
  for (const file of globSync(join(corpus, folders, '**/*.{eml,txt,msg}'))) {
    const bytes = readFileSync(file)
    const envelope = envelopeText(bytes, scanHeader(bytes))
    const structure = structureText(bytes, digest(bytes).structure)
    if (!envelope.includes('{')) assert.ok(wellSaid(envelope), `${file}: ${envelope}`)
    if (!structure.includes('{')) assert.ok(wellSaid(structure), `${file}: ${structure}`)
  }
})
