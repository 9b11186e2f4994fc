import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../../base/log.ts'
import { engines } from '../../store/testing/engines.ts'
import { newFolder, type TestEngine } from '../../store/testing/places.ts'
import { pruneChanges } from '../change-log.ts'
import { close } from '../testing/jobs.ts'
import { type Mail, openMail, put, putMany } from '../testing/mail.ts'
import { FileIndex } from './file-index.ts'
import { Indexer } from './indexer.ts'
import type { MailIndex } from './mail-index.ts'
import { PostgresIndex } from './postgres-index.ts'
import { Search, type TextQuery } from './search.ts'
import { modseqOf } from './search-jobs.ts'

const inbox = { account: 'a1', mailbox: 'inbox' }
const all = [[1, 1_000_000]] as const

async function searching(t: TestContext, engine: TestEngine) {
  const mail = await openMail(t, { engine, undeleteMs: 0 })
  const index = await newIndex(t, mail)
  return { mail, index, ...over(t, mail, index) }
}

/** The index that belongs to the engine. */
async function newIndex(t: TestContext, mail: Mail): Promise<MailIndex> {
  const index =
    mail.kind.name === 'PostgreSQL'
      ? await PostgresIndex.open(mail.engine)
      : new FileIndex(join(newFolder(t), 'search.db'))
  t.after(() => index.close())
  return index
}

function over(t: TestContext, mail: Mail, index: MailIndex) {
  const { engine, blobs } = mail
  const ports = { engine, blobs, index, changes: mail.mailboxes.changes, log: silentLog }
  const indexer = new Indexer(ports)
  t.after(() => indexer.stop())
  const search = new Search({ engine, blobs, index })
  const uids = (text: string, where: TextQuery['in'] = 'text') =>
    search.uids(inbox, { in: where, text })
  return { indexer, search, uids }
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** One message for each way in which text is written down. */
const letters = [
  'From: Tito <tito@example.com>\r\nTo: iqbal@example.com\r\nSubject: Plain voice\r\n\r\nA mailbox of words, foo.bar and\r\nline ends.\r\n',
  `Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64('Ein Brief aus Köln, 北京大学 und ภาษาไทย')}\r\n`,
  'Subject: qp\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nCaf=E9 au la=\r\nit\r\n',
  'Subject: html\r\nContent-Type: text/html\r\n\r\n<p>Some <b>bold</b> text &amp; more<script>hidden()</script></p>\r\n',
  'Subject: parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst part\r\n--b\r\nContent-Type: text/plain; name="report-2026.txt"\r\nContent-Disposition: attachment; filename="report-2026.txt"\r\n\r\nsecond part\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: nested@example.org\r\nSubject: enclosed subject\r\n\r\nenclosed body\r\n--b--\r\n',
  'Cc: "Ana Maria" <ana@example.net>\r\nBcc: secret@example.net\r\nSubject: copies\r\nMessage-ID: <m6@x>\r\n\r\n100% of_it, !!! done\r\n',
]

/** Query and the UIDs of the letters above that it finds, indexed or not. */
const table: readonly (readonly [TextQuery['in'], string, readonly number[]])[] = [
  ['text', 'voice', [1]],
  ['text', 'VOICE', [1]],
  ['text', 'voi', [1]],
  ['text', 'oice', [1]],
  ['body', 'ilbox', [1]],
  ['body', 'ilbox of wor', [1]],
  ['body', 'ilbox or wor', []],
  ['text', 'm6@x', [6]],
  ['text', 'ilename', []],
  ['text', 'mailbox of', [1]],
  ['text', 'foo.bar', [1]],
  ['text', 'foo bar', []],
  ['text', 'and line', [1]],
  ['body', 'voice', []],
  ['body', 'köln', [2]],
  ['body', 'KÖLN', [2]],
  ['body', '京大', [2]],
  ['body', 'ไทย', [2]],
  ['text', 'grüße', [2]],
  ['body', 'café', [3]],
  ['body', 'au lait', [3]],
  ['body', 'bold text & more', [4]],
  ['body', 'hidden', []],
  ['body', 'second', [5]],
  ['text', 'report-2026.txt', [5]],
  ['body', 'enclosed body', [5]],
  ['text', 'nested@example.org', [5]],
  ['text', 'enclosed subject', [5]],
  ['text', 'example.com', [1]],
  ['text', 'tito@example.com', [1]],
  ['body', '100% of_it', [6]],
  ['body', '!!!', [6]],
  ['text', 'nowhere', []],
  ['text', 'x'.repeat(100_000), []],
  ['text', 'words and '.repeat(5_000), []],
  ['subject', '%'.repeat(100_000), []],
  ['text', '', [1, 2, 3, 4, 5, 6]],
  ['from', 'ito', [1]],
  ['from', 'TITO <', [1]],
  ['to', 'iqbal', [1]],
  ['to', 'ana', []],
  ['cc', 'maria', [6]],
  ['cc', 'ria" <', []],
  ['bcc', 'cret@', [6]],
  ['subject', 'oice', [1]],
  ['subject', 'RÜSS', []],
  ['subject', 'rüß', [2]],
  ['message-id', '<m6@x>', [6]],
]

const cases: Record<string, (t: TestContext, engine: TestEngine) => Promise<void>> = {
  'the same is found before, while and after it is indexed': async (t, engine) => {
    const { mail, indexer, uids } = await searching(t, engine)
    const check = async (when: string) => {
      for (const [where, text, wanted] of table)
        assert.deepEqual(await uids(text, where), wanted, `${when}: ${where} "${text}"`)
    }
    for (const text of letters.slice(0, 4)) await put(mail, text)
    await indexer.settle()
    for (const text of letters.slice(4)) await put(mail, text)
    await check('half indexed')
    await indexer.settle()
    await check('indexed')
  },

  'nothing is found twice, elsewhere, or after it is gone': async (t, engine) => {
    const { mail, indexer, search, index, uids } = await searching(t, engine)
    await mail.openAccount('a-1')
    await put(mail, 'Subject: x\r\n\r\nneedle\r\n', { account: 'a-1' })
    await put(mail, 'Subject: x\r\n\r\nneedle\r\n')
    await put(mail, 'Subject: x\r\n\r\nneedle\r\n', { mailbox: 'sent' })
    await mail.messages.copy(inbox, all, 'archive')
    const places = async () => {
      const found: string[] = []
      for await (const part of search.everywhere('a1', { in: 'text', text: 'needle' }))
        for (const { mailbox, uid } of part) found.push(`${mailbox} ${uid}`)
      return found.sort()
    }
    assert.deepEqual(await places(), ['archive 1', 'inbox 1', 'sent 1'])
    await indexer.settle()
    assert.deepEqual(await places(), ['archive 1', 'inbox 1', 'sent 1'])
    assert.deepEqual(await uids('needle'), [1])
    const other = await search.uids(
      { account: 'a-1', mailbox: 'inbox' },
      { in: 'body', text: 'needle' },
    )
    assert.deepEqual(other, [1])
    await mail.messages.expunge(inbox, all, false)
    await mail.messages.expunge({ account: 'a1', mailbox: 'archive' }, all, false)
    assert.deepEqual(await uids('needle'), [])
    assert.deepEqual(await places(), ['sent 1'])
    await mail.undelete.purge('a1')
    await indexer.settle()
    let hits = 0
    for await (const part of index.find('a1', { words: ['needle'], columns: [3] }))
      hits += part.length
    assert.equal(hits, 1, 'what was purged is no longer in the index')
    while (!(await mail.engine.run(close, 'a-1')));
    await indexer.settle()
    assert.equal(await index.position('a-1'), undefined, 'an account that is gone is forgotten')
  },

  'an index that was lost or is behind the log is made anew, and searches do not wait': async (
    t,
    engine,
  ) => {
    const { mail, uids, indexer } = await searching(t, engine)
    const texts = Array.from({ length: 120 }, (_, n) => `Subject: s${n}\r\n\r\nword${n} needle\r\n`)
    await putMany(mail, texts)
    await indexer.settle()
    while ((await mail.engine.run(pruneChanges, { account: 'a1', before: Infinity, keep: 0 })) > 0);
    const empty = await newIndex(t, mail)
    await empty.drop('a1')
    const anew = over(t, mail, empty)
    assert.equal((await anew.uids('needle')).length, 120)
    await anew.indexer.settle()
    await put(mail, 'Subject: late\r\n\r\nneedle\r\n')
    assert.equal((await anew.uids('needle')).length, 121)
    assert.deepEqual(await anew.uids('word77'), [78])
    assert.equal((await empty.position('a1'))?.cursor, '')
    assert.deepEqual(await uids('word77'), [78])
  },

  'an indexer that is stopped at any point goes on where it was': async (t, engine) => {
    const { mail, index, uids } = await searching(t, engine)
    const texts = Array.from({ length: 260 }, (_, n) => `Subject: s${n}\r\n\r\nneedle w${n}\r\n`)
    await putMany(mail, texts)
    for (let round = 0; round < 20; round++) {
      const { indexer } = over(t, mail, failing(index, round))
      await indexer.settle()
      assert.equal((await uids('needle')).length, 260)
      await indexer.stop()
    }
    assert.equal((await index.position('a1'))?.upTo, await mail.engine.run(modseqOf, 'a1'))
    assert.deepEqual(await uids('w259'), [260])
  },

  'changes are followed without being asked': async (t, engine) => {
    const { mail, index, indexer } = await searching(t, engine)
    indexer.start()
    const { modseq } = await put(mail, 'Subject: x\r\n\r\nneedle\r\n')
    const until = performance.now() + 10_000
    while ((await index.position('a1'))?.upTo !== modseq) {
      assert.ok(performance.now() < until, 'it is indexed by itself')
      await new Promise(setImmediate)
    }
  },

  'a message far larger than what is looked at is found by its beginning': async (t, engine) => {
    const { mail, indexer, uids } = await searching(t, engine)
    const filler = 'x '.repeat(50_000)
    await put(mail, `Subject: big\r\n\r\nearly ${filler.repeat(16)} late\r\n`)
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(await uids('early'), [1])
      assert.deepEqual(await uids('late'), [])
      await indexer.settle()
    }
  },
}

/** An index that fails every put after the first few. */
function failing(index: MailIndex, puts: number): MailIndex {
  let left = puts
  return {
    put: (batch) => (left-- > 0 ? index.put(batch) : Promise.reject(new Error('a crash'))),
    drop: (account) => index.drop(account),
    position: (account) => index.position(account),
    positions: (after, limit) => index.positions(after, limit),
    known: (account, emails) => index.known(account, emails),
    find: (account, phrase) => index.find(account, phrase),
    close: () => index.close(),
  }
}

for (const engine of engines)
  test(`searches on ${engine.name}`, { skip: engine.skip }, async (t) => {
    for (const [name, run] of Object.entries(cases)) await t.test(name, (t) => run(t, engine))
  })
