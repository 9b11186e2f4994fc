// Searches as trees of keys, against what looking at every message finds; threads, against what
// must be so of every answer.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { silentLog } from '../../../base/log.ts'
import { fc } from '../../../base/testing/property.ts'
import { FileIndex } from '../../../mailbox/search/file-index.ts'
import { Indexer } from '../../../mailbox/search/indexer.ts'
import { Search } from '../../../mailbox/search/search.ts'
import { openMail, putMany } from '../../../mailbox/testing/mail.ts'
import { Cursor } from '../cursor.ts'
import { Uids } from '../uids.ts'
import { readSearch } from './search-command.ts'
import { searchMailbox } from './search-mailbox.ts'
import { threadsByReferences } from './thread-references.ts'
import { type Threaded, type ThreadNode, threadsText } from './thread-tree.ts'

const inbox = { account: 'a1', mailbox: 'inbox' }
const mail = await openMail({ after })
const folder = mkdtempSync(join(tmpdir(), 'amplop-search-'))
const index = new FileIndex(join(folder, 'search.db'))
after(async () => {
  await index.close()
  rmSync(folder, { recursive: true })
})
const search = new Search({ engine: mail.engine, blobs: mail.blobs, index })

const words = ['voice', 'mail', 'voicemail', 'Größe', 'a.b', 'x']
const letters = Array.from({ length: 24 }, (_, n) => {
  const word = (step: number) => words[(n * step) % words.length]!
  return { subject: `${word(1)} ${word(5)}`, body: `${word(7)} ${n % 2 ? '' : word(2)} end${n}` }
})
await putMany(
  mail,
  letters.map(({ subject, body }) => `Subject: ${subject}\r\n\r\n${body}\r\n`),
)
const numbers = new Uids()
for (const n of letters.keys()) numbers.add(n + 1)

async function found(query: string): Promise<number[]> {
  const { key } = readSearch(Cursor.over(query, { utf8: true }))
  const names = await mail.messages.flagNames('a1')
  const { columns, indexes } = await searchMailbox(inbox, key, {
    messages: mail.messages,
    search,
    names,
    resolve: (set) => (set === '$' ? [] : numbers.among(set.map(([a, b]) => [a, b]))),
    knows: () => true,
    isRecent: () => false,
    now: () => mail.clock.now,
  })
  return indexes.map((at) => columns.uid[at]!)
}

interface Query {
  readonly text: string
  readonly fits: (n: number) => boolean
}

const flat = (text: string) => text.toLowerCase().replace(/\s+/g, ' ').trim()
const needle = fc.constantFrom('voice', 'OICEM', 'il', 'röß', 'a.b', 'x', 'e m', 'end1', 'nothing')

const leaf: fc.Arbitrary<Query> = fc.oneof(
  needle.map((text) => ({
    text: `SUBJECT "${text}"`,
    fits: (n: number) => flat(letters[n]!.subject).includes(flat(text)),
  })),
  needle.map((text) => ({
    text: `BODY "${text}"`,
    fits: (n: number) => flat(letters[n]!.body).includes(flat(text)),
  })),
  fc.tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 })).map(([a, b]) => ({
    text: `UID ${Math.min(a, b)}:${Math.max(a, b)}`,
    fits: (n: number) => n + 1 >= Math.min(a, b) && n + 1 <= Math.max(a, b),
  })),
)

const { tree } = fc.letrec<{ tree: Query }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    tie('tree').map(({ text, fits }) => ({ text: `NOT ${text}`, fits: (n: number) => !fits(n) })),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => ({
      text: `OR ${a.text} ${b.text}`,
      fits: (n: number) => a.fits(n) || b.fits(n),
    })),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => ({
      text: `(${a.text} ${b.text})`,
      fits: (n: number) => a.fits(n) && b.fits(n),
    })),
  ),
}))

const sound = fc.asyncProperty(tree, async ({ text, fits }) => {
  const expected = [...letters.keys()].filter(fits).map((n) => n + 1)
  assert.deepEqual(await found(text), expected, text)
})

test('a search finds what looking at every message finds, before all is indexed', async () => {
  await fc.assert(sound, { numRuns: 40 })
})

test('a search finds what looking at every message finds, by the index', async () => {
  const { engine, blobs } = mail
  const { changes } = mail.mailboxes
  await new Indexer({ engine, blobs, index, changes, log: silentLog }).settle()
  await fc.assert(sound, { numRuns: 60 })
})

const threaded = fc
  .array(
    fc.record({
      id: fc.integer({ min: 0, max: 9 }),
      references: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }),
      subject: fc.constantFrom('', 'a', 'b'),
      answer: fc.boolean(),
      sentAt: fc.integer({ min: 0, max: 5 }),
    }),
    { maxLength: 12 },
  )
  .map((all) =>
    all.map(
      (each, n): Threaded => ({
        ...each,
        uid: n + 1,
        id: each.id === 0 ? '' : String(each.id),
        references: each.references.map(String),
      }),
    ),
  )

function uidsIn(nodes: readonly ThreadNode[]): number[] {
  return nodes.flatMap(({ uid, children }) => [...(uid ? [uid] : []), ...uidsIn(children)])
}

test('every message is in one thread, once, whatever messages say they answer', () => {
  fc.assert(
    fc.property(threaded, fc.boolean(), (messages, join) => {
      const threads = threadsByReferences(messages, join)
      const all = messages.map(({ uid }) => uid)
      assert.deepEqual(
        uidsIn(threads).sort((a, b) => a - b),
        all,
      )
      const text = threadsText(threads, (uid) => uid)
      assert.match(text, /^(?:[(][( )\d]*[)])?$/)
      assert.equal(text.split('(').length, text.split(')').length)
      assert.doesNotMatch(text, / \)|\(\)|\( /)
    }),
  )
})

test('a chain of 20,000 answers is one thread, written without recursion', () => {
  const chain = Array.from({ length: 20_000 }, (_, n): Threaded => {
    const references = n === 0 ? [] : [String(n - 1)]
    return { uid: n + 1, id: String(n), references, subject: 's', answer: n > 0, sentAt: n }
  })
  const threads = threadsByReferences(chain, true)
  assert.equal(threads.length, 1)
  assert.ok(threadsText(threads, (uid) => uid).startsWith('(1 2 3 4 '))
})
