import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fc } from '../../../base/testing/property.ts'
import { type Mail, openMail, put } from '../../../mailbox/testing/mail.ts'
import { digest } from '../../../message/digest.ts'
import type { Part } from '../../../message/structure.ts'
import { Cursor } from '../cursor.ts'
import { Uids } from '../uids.ts'
import { type Fetching, fetchAnswers } from './fetch.ts'
import { readFetchItems } from './fetch-items.ts'
import { UnknownEncoding } from './message-answers.ts'

const inbox = { account: 'a1', mailbox: 'inbox' }

async function fetched(mail: Mail, items: string, more: Partial<Fetching> = {}): Promise<Buffer> {
  const numbers = new Uids()
  for await (const rows of mail.messages.flags(inbox)) for (const [uid] of rows) numbers.add(uid)
  const names = await mail.messages.flagNames('a1')
  const ports = {
    messages: mail.messages,
    numbers,
    flagNames: (flags: number, keywords: number) => names.of(flags, keywords),
  }
  const read = readFetchItems(Cursor.over(items))
  const fetching = { place: inbox, uids: numbers.ranges(), items: read, ...more }
  return Buffer.concat(await Array.fromAsync(fetchAnswers(fetching, ports)))
}

async function answerOf(mail: Mail, items: string): Promise<string> {
  return (await fetched(mail, items)).toString('latin1')
}

const nested = `Subject: outer
From: a@b
Content-Type: multipart/mixed; boundary="b"

preamble
--b
Content-Type: text/plain

one
--b
Content-Type: multipart/alternative; boundary="c"

--c

two one
--c
Content-Transfer-Encoding: base64

dHdvAHR3bw==
--c--
--b
Content-Type: message/rfc822

Subject: inner
Content-Type: multipart/mixed; boundary="d"

--d
X: y

three one
--d--
--b
Content-Type: message/rfc822

Subject: plain

four
--b--
epilogue
`.replaceAll('\n', '\r\n')

const sections: readonly [section: string, bytes: string | null][] = [
  ['HEADER.FIELDS (subject)', 'Subject: outer\r\n\r\n'],
  ['HEADER.FIELDS (X-None)', '\r\n'],
  [
    'HEADER.FIELDS.NOT (subject)',
    'From: a@b\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n',
  ],
  ['1', 'one'],
  ['1.MIME', 'Content-Type: text/plain\r\n\r\n'],
  ['1.HEADER', null],
  ['1.1', null],
  ['2.1', 'two one'],
  ['2.2', 'dHdvAHR3bw=='],
  ['2.3', null],
  ['2.TEXT', null],
  ['3.HEADER', 'Subject: inner\r\nContent-Type: multipart/mixed; boundary="d"\r\n\r\n'],
  ['3.HEADER.FIELDS (Subject)', 'Subject: inner\r\n\r\n'],
  ['3.TEXT', '--d\r\nX: y\r\n\r\nthree one\r\n--d--'],
  ['3.1', 'three one'],
  ['3.1.MIME', 'X: y\r\n\r\n'],
  ['3.2', null],
  ['4', 'Subject: plain\r\n\r\nfour'],
  ['4.1', 'four'],
  ['4.TEXT', 'four'],
  ['4.1.1', null],
  ['5', null],
]

test('sends every part by its number', async (t) => {
  const mail = await openMail(t)
  await put(mail, nested)
  for (const [section, bytes] of sections) {
    const said = bytes === null ? 'NIL' : `{${bytes.length}}\r\n${bytes}`
    assert.equal(
      await answerOf(mail, `BODY.PEEK[${section}]`),
      `* 1 FETCH (BODY[${section}] ${said})\r\n`,
    )
  }
})

const single = 'Subject: s\r\nDate: d\r\n\r\nbody\r\n'

test('sends a message as it came, whole and in parts', async (t) => {
  const mail = await openMail(t)
  await put(mail, single)
  const answers: readonly [items: string, answer: string][] = [
    ['BODY[]', `BODY[] {29}\r\n${single}`],
    ['RFC822', `RFC822 {29}\r\n${single}`],
    ['BODY[HEADER]', 'BODY[HEADER] {23}\r\nSubject: s\r\nDate: d\r\n\r\n'],
    ['RFC822.HEADER', 'RFC822.HEADER {23}\r\nSubject: s\r\nDate: d\r\n\r\n'],
    ['BODY[TEXT]', 'BODY[TEXT] {6}\r\nbody\r\n'],
    ['BODY[1]', 'BODY[1] {6}\r\nbody\r\n'],
    ['BODY[1.MIME]', 'BODY[1.MIME] {23}\r\nSubject: s\r\nDate: d\r\n\r\n'],
    ['BODY[]<9.3>', 'BODY[]<9> {3}\r\ns\r\n'],
    ['BODY[TEXT]<4.100>', 'BODY[TEXT]<4> {2}\r\n\r\n'],
    ['BODY[]<100.5>', 'BODY[]<100> {0}\r\n'],
    ['BODY[HEADER.FIELDS (date)]<1.3>', 'BODY[HEADER.FIELDS (date)]<1> {3}\r\nate'],
    ['(RFC822.SIZE BODY[1] UID)', 'RFC822.SIZE 29 BODY[1] {6}\r\nbody\r\n UID 1'],
  ]
  for (const [items, answer] of answers)
    assert.equal(await answerOf(mail, items), `* 1 FETCH (${answer})\r\n`, items)
})

test('tells what is kept of each message', async (t) => {
  const mail = await openMail(t)
  const receivedAt = Date.UTC(2001, 1, 3, 4, 5, 6)
  const put1 = await put(mail, single, { flags: ['\\Seen', '$Work'], receivedAt })
  const { modseq, email } = put1
  assert.equal(
    await answerOf(mail, '(UID FLAGS INTERNALDATE SAVEDATE ENVELOPE BODY PREVIEW EMAILID MODSEQ)'),
    '* 1 FETCH (UID 1 FLAGS (\\Seen $Work) INTERNALDATE " 3-Feb-2001 04:05:06 +0000" ' +
      'SAVEDATE "14-Nov-2023 22:13:20 +0000" ' +
      'ENVELOPE ("d" "s" NIL NIL NIL NIL NIL NIL NIL NIL) ' +
      `BODY ("text" "plain" NIL NIL NIL "7bit" 6 1) PREVIEW "body" EMAILID (${email}) ` +
      `MODSEQ (${modseq}))\r\n`,
  )
  assert.match(await answerOf(mail, 'THREADID'), /^\* 1 FETCH \(THREADID \(T\d+\)\)\r\n$/)
})

test('tells flags that changed beside what was asked for', async (t) => {
  const mail = await openMail(t)
  await put(mail, single, { flags: ['\\Seen'] })
  const said = async (items: string, more: Partial<Fetching>) =>
    (await fetched(mail, items, more)).toString('latin1')
  const changed = new Set([1])
  assert.equal(await said('UID', { changed }), '* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n')
  assert.equal(
    await said('UID', { changed, modseqs: true }),
    '* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (2))\r\n',
  )
  assert.equal(
    await said('FLAGS', { changed, modseqs: true }),
    '* 1 FETCH (FLAGS (\\Seen) MODSEQ (2))\r\n',
  )
  assert.equal(await said('UID', { changed: new Set([2]) }), '* 1 FETCH (UID 1)\r\n')
  assert.equal(await said('FLAGS', { uidOnly: true }), '* 1 UIDFETCH (FLAGS (\\Seen))\r\n')
})

test('leaves out messages that the session does not know', async (t) => {
  const mail = await openMail(t)
  await put(mail, single)
  const ports = {
    messages: mail.messages,
    numbers: new Uids(),
    flagNames: () => [],
  }
  const items = readFetchItems(Cursor.over('UID'))
  const fetching = { place: inbox, uids: [[1, 9] as const], items }
  assert.deepEqual(await Array.fromAsync(fetchAnswers(fetching, ports)), [])
})

test('decodes parts, a NUL in a literal8', async (t) => {
  const mail = await openMail(t)
  await put(mail, nested)
  const answers: readonly [items: string, answer: string][] = [
    ['BINARY[1]', 'BINARY[1] {3}\r\none'],
    ['BINARY.PEEK[2.2]', 'BINARY[2.2] ~{7}\r\ntwo\0two'],
    ['BINARY.PEEK[2.2]<4.2>', 'BINARY[2.2]<4> {2}\r\ntw'],
    ['BINARY.SIZE[2.2]', 'BINARY.SIZE[2.2] 7'],
    ['BINARY[9]', 'BINARY[9] NIL'],
  ]
  for (const [items, answer] of answers)
    assert.equal(await answerOf(mail, items), `* 1 FETCH (${answer})\r\n`, items)
})

test('says that it cannot decode a part, after all that it can', async (t) => {
  const mail = await openMail(t)
  await put(mail, 'Content-Transfer-Encoding: x-uuencode\r\n\r\nfoo')
  await put(mail, single)
  const numbers = new Uids()
  numbers.add(1)
  numbers.add(2)
  const items = readFetchItems(Cursor.over('(UID BINARY[1])'))
  const fetching = { place: inbox, uids: numbers.ranges(), items }
  let said = ''
  await assert.rejects(async () => {
    const ports = { messages: mail.messages, numbers, flagNames: () => [] }
    for await (const chunk of fetchAnswers(fetching, ports)) said += chunk
  }, UnknownEncoding)
  assert.equal(said, '* 2 FETCH (UID 2 BINARY[1] {6}\r\nbody\r\n)\r\n')
})

test('sends odd bytes in literals of the right length', async (t) => {
  const mail = await openMail(t)
  const odd = 'Subject: \xe4\r\n\r\na\0b\rc\nd\xff'
  await put(mail, Buffer.from(odd, 'latin1'))
  const body = odd.replace('\0', '\x80')
  assert.equal(await answerOf(mail, 'BODY[]'), `* 1 FETCH (BODY[] {22}\r\n${body})\r\n`)
  assert.equal(await answerOf(mail, 'BINARY[]'), `* 1 FETCH (BINARY[] ~{22}\r\n${odd})\r\n`)
  assert.match(await answerOf(mail, 'ENVELOPE'), /^\* 1 FETCH \(ENVELOPE \(NIL \{1\}\r\n\xe4 NIL/)
})

test('finds parts that are far behind the beginning of a large message', async (t) => {
  const mail = await openMail(t)
  const line = `${'x'.repeat(76)}\r\n`
  const far = line.repeat(20_000)
  const large = [
    'Content-Type: multipart/mixed; boundary=b\r\n',
    `--b\r\n\r\n${far}\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b--\r\n`,
  ].join('\r\n')
  await put(mail, large)
  assert.equal(await answerOf(mail, 'BODY[2]'), '* 1 FETCH (BODY[2] {3}\r\n<p>)\r\n')
  const structure = await answerOf(mail, '(UID BODYSTRUCTURE)')
  assert.match(structure, /UID 1 BODYSTRUCTURE \(\("text" "plain" NIL NIL NIL "7bit" 1560000 20000/)
  assert.match(structure, /\("text" "html" NIL NIL NIL "7bit" 3 0 NIL NIL NIL NIL\) "mixed"/)
  const whole = await fetched(mail, 'BODY[]')
  assert.equal(whole.toString('latin1'), `* 1 FETCH (BODY[] {${large.length}}\r\n${large})\r\n`)
  const part = await fetched(mail, 'BODY[1]<1559990.20>')
  assert.match(part.toString('latin1'), /\{10\}\r\nx{8}\r\n\)/)
})

test('answers for 50,000 parts, and for parts 200 levels deep', async (t) => {
  const mail = await openMail(t)
  const wide = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(50_000)}--b--\r\n`
  const levels = Array.from({ length: 200 }, (_, n) => n)
  const deep = levels
    .map((n) => `Content-Type: multipart/mixed; boundary=b${n}.\r\n\r\n--b${n}.\r\n`)
    .join('')
  const { uid } = await put(mail, wide)
  await put(mail, `${deep}\r\nend\r\n`)
  const said = (
    await fetched(mail, '(BODYSTRUCTURE BODY BODY.PEEK[2] BODY.PEEK[1.1.1.1])')
  ).toString('latin1')
  const [first = '', second = ''] = said.split(/^(?=\* 2 )/m)
  assert.ok(nodesOf(first.slice(`* ${uid} FETCH `.length)).includes('BODYSTRUCTURE'))
  assert.match(first, / BODY\[2\] \{1\}\r\nx BODY\[1\.1\.1\.1\] NIL\)\r\n$/)
  assert.ok(nodesOf(second.slice('* 2 FETCH '.length)).includes('BODYSTRUCTURE'))
  assert.match(second, / BODY\[2\] NIL BODY\[1\.1\.1\.1\] \{\d+\}/)
})

interface Leaf {
  readonly number: string
  readonly part: Part
}

function partsOf(root: Part, number = ''): Leaf[] {
  const inner = root.parts ? root : root.message?.parts ? root.message : undefined
  const at = (n: number) => (number === '' ? `${n}` : `${number}.${n}`)
  if (inner) return inner.parts!.flatMap((part, n) => partsOf2(part, at(n + 1)))
  return number === '' ? partsOf2(root, '1') : root.message ? partsOf2(root.message, at(1)) : []
}

function partsOf2(part: Part, number: string): Leaf[] {
  return [{ number, part }, ...(part.parts || part.message ? partsOf(part, number) : [])]
}

const piece = fc.constantFrom(
  ...['--b', '--b--', '--c', '', 'text', 'Content-Type: multipart/mixed; boundary=b', '\0', 'é'],
  ...['Content-Type: multipart/mixed; boundary=c', 'Content-Type: message/rfc822', 'Subject: x'],
)

test('what is sent of every part are the bytes of that part', async (t) => {
  const mail = await openMail(t)
  const lines = fc.array(piece, { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(lines, fc.constantFrom('\r\n', '\n'), async (pieces, end) => {
      const bytes = Buffer.from(pieces.join(end))
      const { uid } = await put(mail, bytes)
      const clean = bytes.toString('latin1').replaceAll('\0', '\x80')
      const leaves = partsOf(digest(bytes).structure)
      const ask = leaves.map(({ number }) => `BODY.PEEK[${number}] BODY.PEEK[${number}.MIME]`)
      const items = `(BODY.PEEK[HEADER] BODY.PEEK[TEXT] ${ask.join(' ')} BODY.PEEK[])`
      const said = (await fetched(mail, items, { uids: [[uid, uid]] })).toString('latin1')
      const literal = (label: string, text: string) => `${label} {${text.length}}\r\n${text}`
      const split = digest(bytes).headerSize
      const expected = [
        literal('BODY[HEADER]', clean.slice(0, split)),
        literal('BODY[TEXT]', clean.slice(split)),
        ...leaves.flatMap(({ number, part }) => [
          literal(`BODY[${number}]`, clean.slice(part.body, part.end)),
          literal(`BODY[${number}.MIME]`, clean.slice(part.start, part.body)),
        ]),
        literal('BODY[]', clean),
      ]
      assert.equal(said, `* ${uid} FETCH (${expected.join(' ')})\r\n`)
    }),
    { numRuns: 100 },
  )
})

const corpus =
  process.env.AMPLOP_CORPUS ?? join(import.meta.dirname, '../../../../../shared/corpus')
const skip = existsSync(corpus) ? false : 'corpus absent (AMPLOP_CORPUS)'

test('answers for hundreds of odd messages can be read', { skip }, async (t) => {
  const mail = await openMail(t)
  const folders = '{mail-parser,mimekit,mime4j,mikel-mail,nodemailer-mailparser}'
  const files = globSync(join(corpus, folders, '**/*.{eml,txt,msg}')).filter((_, n) => n % 3 === 0)
  for (const file of files) {
    const bytes = readFileSync(file)
    const { uid } = await put(mail, bytes)
    const only = { uids: [[uid, uid] as const] }
    const said = await fetched(mail, '(ENVELOPE BODYSTRUCTURE BODY BODY.PEEK[])', only)
    const items = nodesOf(said.toString('latin1').slice(`* ${uid} FETCH `.length))
    assert.equal(items.length, 11, file)
    const clean = bytes.toString('latin1').replaceAll('\0', '\x80')
    assert.ok(said.toString('latin1').endsWith(`{${clean.length}}\r\n${clean})\r\n`), file)
  }
})

/** The elements of a parenthesized list; throws where it is not well formed. */
function nodesOf(text: string): string[] {
  const token =
    /[()]|"[^"\\\r\n]*(?:\\["\\][^"\\\r\n]*)*"|\{(\d+)\}\r\n|NIL|[A-Z]+(?:\[[\d.]*\])?|\d+|[ ]/y
  const top: string[] = []
  let depth = 0
  for (let at = 0; ; ) {
    token.lastIndex = at
    const found = token.exec(text)
    assert.ok(found, `not well formed: ${text.slice(at, at + 60)}`)
    if (found[0] === ')' && --depth === 0) return top
    if (depth === 1 && found[0] !== ' ') top.push(found[0])
    if (found[0] === '(') depth++
    at = token.lastIndex + Number(found[1] ?? 0)
  }
}
