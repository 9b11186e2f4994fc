import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readDotText } from './dot-reader.ts'
import { Gone, Inbox } from './inbox.ts'

interface Case {
  readonly name: string
  readonly sent: string
  readonly text: string
  readonly rest?: string
  readonly bare?: boolean
  readonly doubtful?: boolean
}

const cases: readonly Case[] = [
  { name: 'one line', sent: 'hi\r\n.\r\n', text: 'hi\r\n' },
  { name: 'nothing at all', sent: '.\r\n', text: '' },
  { name: 'an empty line', sent: '\r\n.\r\n', text: '\r\n' },
  { name: 'stuffed dots', sent: '..\r\n..c\r\n.a\r\n.\r\n', text: '.\r\n.c\r\na\r\n' },
  { name: 'commands behind', sent: 'a\r\n.\r\nQUIT\r\n', text: 'a\r\n', rest: 'QUIT\r\n' },
  { name: 'dot behind a long tail', sent: 'a\r\n\r\n\r\n.\r\n', text: 'a\r\n\r\n\r\n' },
  { name: 'LF . CRLF', sent: 'a\n.\r\n\r\n.\r\n', text: 'a\n.\r\n\r\n', bare: true },
  { name: 'CRLF . LF', sent: 'a\r\n.\nb\r\n.\r\n', text: 'a\r\n\nb\r\n', bare: true },
  { name: 'LF . LF', sent: 'a\n.\nb\r\n.\r\n', text: 'a\n.\nb\r\n', bare: true },
  { name: 'CR . CR', sent: 'a\r.\rb\r\n.\r\n', text: 'a\r.\rb\r\n', bare: true },
  { name: 'CRLF . CR', sent: 'a\r\n.\rb\r\n.\r\n', text: 'a\r\n\rb\r\n', bare: true },
  { name: 'CR CR LF', sent: 'a\r\r\n.\r\n', text: 'a\r\r\n', bare: true, doubtful: true },
  { name: 'LF first', sent: '\na\r\n.\r\n', text: '\na\r\n', bare: true },
  { name: 'NUL before the dot', sent: 'a\r\n\0.\r\n\r\n.\r\n', text: 'a\r\n\0.\r\n\r\n' },
]

function inboxOf(parts: readonly Buffer[]): Inbox {
  const inbox = new Inbox({ pause: () => {}, resume: () => {} })
  let n = 0
  const feed = () => {
    const part = parts[n++]
    if (part === undefined) return inbox.end()
    inbox.push(part)
    setImmediate(feed)
  }
  setImmediate(feed)
  return inbox
}

async function readAll(inbox: Inbox) {
  const parts: Buffer[] = []
  const ended = await readDotText(inbox, (part) => void parts.push(Buffer.from(part)))
  return { text: Buffer.concat(parts).toString('latin1'), ...ended }
}

async function rest(inbox: Inbox): Promise<string> {
  let text = ''
  for (let part = await inbox.some(); part; part = await inbox.some()) text += part
  return text
}

describe('message text ends with CRLF . CRLF and with nothing else', () => {
  for (const { name, sent, text, bare, doubtful, rest: behind } of cases) {
    const bytes = Buffer.from(sent, 'latin1')

    it(`${name}, cut anywhere`, async () => {
      for (let cut = 0; cut <= bytes.length; cut++) {
        const inbox = inboxOf([bytes.subarray(0, cut), bytes.subarray(cut)])
        const got = await readAll(inbox)
        assert.equal(got.text, text, `cut at ${cut}`)
        assert.equal(got.bareLineEnd, bare ?? false, `cut at ${cut}`)
        assert.equal(got.doubtfulEnd, doubtful ?? false, `cut at ${cut}`)
        assert.equal(await rest(inbox), behind ?? '', `cut at ${cut}`)
      }
    })
    it(`${name}, byte by byte`, async () => {
      const inbox = inboxOf([...bytes].map((byte) => Buffer.of(byte)))
      assert.equal((await readAll(inbox)).text, text)
    })
  }

  it('a client lost before the end is gone, not finished', async () => {
    for (const sent of ['a', 'a\r\n', 'a\r\n.', 'a\r\n.\r', '.\r'])
      await assert.rejects(readAll(inboxOf([Buffer.from(sent)])), Gone)
  })
})
