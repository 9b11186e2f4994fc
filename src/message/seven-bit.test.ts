// 8-bit texts for hops that take 7-bit ones: the same content, told apart by nothing but encoding.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sevenBit } from './seven-bit.ts'
import type { Part } from './structure.ts'
import { readStructure } from './structure.ts'
import { decodeTransfer } from './transfer-decode.ts'

function textOf(lines: readonly string[], charset: BufferEncoding = 'utf8'): Buffer {
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''), charset)
}

/** In chunks of `cut` bytes. */
async function through(text: Buffer, cut = 7) {
  const made = await sevenBit(async function* () {
    for (let at = 0; at < text.length; at += cut) yield text.subarray(at, at + cut)
  })
  if (made.is !== 'converted') return { ...made, text: '' }
  const pieces: Uint8Array[] = []
  for await (const piece of made.body()) pieces.push(piece)
  const all = Buffer.concat(pieces)
  assert.equal(made.size, all.length)
  assert.ok(all.every((byte) => byte < 128))
  for (const line of all.toString().split('\r\n')) assert.ok(line.length <= 998)
  return { ...made, text: all.toString() }
}

/** Types and decoded contents of all leaves. */
function leaves(text: Buffer): string[] {
  const found: string[] = []
  const visit = (part: Part): void => {
    const inner = part.parts ?? (part.message ? [part.message] : undefined)
    if (inner) for (const one of inner) visit(one)
    else {
      const body = decodeTransfer(text.subarray(part.body, part.end), part.encoding)
      found.push(`${part.type}/${part.subtype} ${body.toString('hex')}`)
    }
  }
  visit(readStructure(text))
  return found
}

const mixed = textOf([
  ...['Subject: hi', 'MIME-Version: 1.0', 'Content-Transfer-Encoding: 8bit'],
  ...['Content-Type: multipart/mixed; boundary="a b"', '', 'preamble', '--a b'],
  ...['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit', ''],
  ...['Caf\u00e9 in the morning, and a = sign, and words to make it long. ', '.dot', '', '--a b'],
  ...['Content-Type: image/x-raw', 'Content-Transfer-Encoding: 8bit', ''],
  ...['\u00ff\u00fe\u0101 raw', 'and more', '--a b'],
  ...['Content-Type: message/rfc822', '', 'Subject: inner', '', '\u65e5\u672c\u8a9e', '--a b'],
  ...['', 'plain part stays', '--a b--', 'epilogue'],
])

test('parts with 8-bit bytes are encoded, and say the same', async () => {
  for (const cut of [1, 7, 100_000]) {
    const { text } = await through(mixed, cut)
    assert.deepEqual(leaves(Buffer.from(text)), leaves(mixed))
    assert.match(text, /^Subject: hi\r\nMIME-Version: 1\.0\r\nContent-Type: multipart/)
    assert.match(text, /Content-Transfer-Encoding: 7bit\r\n\r\npreamble/)
    assert.match(text, /Caf=C3=A9 in/)
    assert.match(text, /Subject: inner\r\nMIME-Version: 1\.0\r\n/)
    assert.match(text, /\r\n\r\nplain part stays\r\n--a b--\r\nepilogue\r\n$/)
  }
})

test('a text without MIME gets the fields that let it be decoded', async () => {
  const words = 'much plain text before the one letter \u00e9'
  const utf8 = await through(textOf(['Subject: hi', '', words, 'end']))
  assert.match(utf8.text, /MIME-Version: 1\.0\r\n.*quoted-printable\r\n.*charset=utf-8\r\n\r\n/)
  const latin = await through(textOf(['Subject: hi', '', words], 'latin1'))
  assert.match(latin.text, /charset=unknown-8bit\r\n\r\n.*=E9\r\n$/)
})

test('a line of any length passes in pieces', async () => {
  const text = textOf(['Content-Type: text/plain', '', `${'abcdefghij '.repeat(30_000)}\u00e9`])
  const { text: made } = await through(text, 50_000)
  assert.deepEqual(leaves(Buffer.from(made)), leaves(text))
})

test('what is 7-bit is left alone; what cannot be converted says why', async () => {
  assert.equal((await through(textOf(['Subject: hi', '', 'plain']))).is, 'same')
  const signed = [
    ...['Content-Type: multipart/signed; boundary=s', '', '--s', 'Content-Type: text/plain'],
    ...['Content-Transfer-Encoding: 8bit', '', '\u00e9', '--s', 'Content-Type: a/b', '', 'x'],
    '--s--',
  ]
  const cases: readonly [readonly string[], RegExp][] = [
    [signed, /signed/],
    [['Subject: caf\u00e9', '', 'x'], /header/],
    [['Content-Transfer-Encoding: base64', '', '\u00e9'], /not encoded as it says/],
    [['Content-Type: multipart/mixed; boundary=x', '', '\u00e9', '--x', '', '--x--'], /outside/],
    [['Content-Type: multipart/mixed', '', '\u00e9'], /multipart\/mixed/],
    [['Content-Type: message/partial', '', '\u00e9'], /message\/partial/],
    [['Subject: hi', 'no field at all', '\u00e9', '', 'x'], /header/],
  ]
  for (const [lines, why] of cases) {
    const made = await through(textOf(lines))
    assert.equal(made.is, 'impossible')
    assert.match('why' in made ? made.why : '', why)
  }
})
