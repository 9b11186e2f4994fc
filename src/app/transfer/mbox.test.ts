import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { MboxFile, mboxSource } from './mbox.ts'
import type { CarriedMessage, Skipped } from './source.ts'

const folder = mkdtempSync(join(tmpdir(), 'amplop-mbox-'))
after(() => rmSync(folder, { recursive: true }))

async function read(text: string | Buffer, maxBytes = 2 ** 24) {
  const path = join(folder, 'one')
  writeFileSync(path, text)
  const all: (CarriedMessage | Skipped)[] = []
  for await (const box of mboxSource(path, maxBytes))
    for await (const one of box.messages(() => false)) all.push(one)
  return all
}

async function texts(text: string): Promise<string[]> {
  return (await read(text)).map((one) => ('why' in one ? `skipped: ${one.why}` : `${one.bytes}`))
}

const from = 'From ann@example.org Sat Jan  3 01:05:34 1996\n'

describe('RFC 4155: an mbox', () => {
  const cases: [string, string, string[]][] = [
    ['one message', `${from}A: 1\n\nbody\n\n`, ['A: 1\r\n\r\nbody\r\n']],
    [
      'two',
      `${from}A: 1\n\none\n\n${from}A: 2\n\ntwo\n`,
      ['A: 1\r\n\r\none\r\n', 'A: 2\r\n\r\ntwo\r\n'],
    ],
    [
      'CRLF',
      `${from}A: 1\n\none\n\n${from}A: 2\n\ntwo\n\n`.replaceAll('\n', '\r\n'),
      ['A: 1\r\n\r\none\r\n', 'A: 2\r\n\r\ntwo\r\n'],
    ],
    [
      '"From " within a paragraph is text',
      `${from}A: 1\n\na\nFrom b\n\n`,
      ['A: 1\r\n\r\na\r\nFrom b\r\n'],
    ],
    [
      'quoted lines lose one ">"',
      `${from}A: 1\n\n>From a\n>>From b\n> From c\n\n`,
      ['A: 1\r\n\r\nFrom a\r\n>From b\r\n> From c\r\n'],
    ],
    ['no mbox', 'A: 1\n\nbody\n', ['skipped: no line "From " before it: this is no mbox']],
    ['an empty file', '', []],
    ['an empty body', `${from}A: 1\n\n\n${from}A: 2\n\n\n`, ['A: 1\r\n\r\n', 'A: 2\r\n\r\n']],
  ]
  for (const [name, text, wanted] of cases)
    it(name, async () => assert.deepEqual(await texts(text), wanted))

  it('separators are found wherever the file is cut into pieces', async () => {
    const one = (n: number) => `${from}A: ${n}\n\n${'x'.repeat(n % 70)}\n\n`
    const text = Array.from({ length: 12_000 }, (_, n) => one(n)).join('')
    assert.ok(text.length > 2 * 256 * 1024)
    const found = await texts(text)
    assert.equal(found.length, 12_000)
    assert.equal(found[11_999], `A: 11999\r\n\r\n${'x'.repeat(11_999 % 70)}\r\n`)
  })

  it('dates, flags and keywords are kept, and the fields that held them are gone', async () => {
    const status = 'Status: RO\nX-Status: AF\nX-Keywords: $Label  work\nX-UID: 7\n'
    const [one] = await read(`${from}A: 1\n${status}B: 2\n\nStatus: text\n\n`)
    assert.deepEqual(one, {
      where: `${join(folder, 'one')}, message 1`,
      bytes: Buffer.from('A: 1\r\nB: 2\r\n\r\nStatus: text\r\n'),
      flags: ['\\Seen', '\\Answered', '\\Flagged', '$Label', 'work'],
      receivedAt: Date.UTC(1996, 0, 3, 1, 5, 34),
    })
  })

  it('a message that is too large is skipped, and those around it are not', async () => {
    const large = `${from}A: 2\n\n${'x'.repeat(100_000)}\n\n`
    const all = await read(`${from}A: 1\n\n\n${large}${from}A: 3\n\n`, 50_000)
    assert.deepEqual(
      all.map((one) => 'why' in one),
      [false, true, false],
    )
  })

  it('what is written is read as it was', async () => {
    const bytes = Buffer.from('Status: mine\r\nA: 1\r\n\r\nFrom a\r\n>From b\r\n\r\n\r\nno end')
    const receivedAt = Date.UTC(2026, 0, 31, 23, 59, 59)
    const flags = ['\\Seen', '\\Draft', '$Forwarded']
    const file = await MboxFile.open(folder, 'a/b')
    await file.add({ uid: 1, size: bytes.length, flags, receivedAt }, bytes)
    await file.add({ uid: 2, size: 8, flags: [], receivedAt }, Buffer.from('B: 1\r\n\r\n'))
    await file.close()
    const all = await read(readFileSync(join(folder, 'a%2Fb.mbox')))
    const [one, two] = all as CarriedMessage[]
    assert.equal(`${one?.bytes}`, 'A: 1\r\n\r\nFrom a\r\n>From b\r\n\r\n\r\nno end\r\n')
    assert.deepEqual([one?.flags, one?.receivedAt], [flags, receivedAt])
    assert.equal(`${two?.bytes}`, 'B: 1\r\n\r\n')
  })
})
