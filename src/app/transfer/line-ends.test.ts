import assert from 'node:assert/strict'
import { it } from 'node:test'
import { withCrlf, withLf } from './line-ends.ts'
import { fromUtf7, toUtf7 } from './utf7.ts'

for (const [files, wire] of [
  ['', ''],
  ['a', 'a'],
  ['a\n', 'a\r\n'],
  ['\n\na\n\nb', '\r\n\r\na\r\n\r\nb'],
  ['a\rb\n', 'a\rb\r\n'],
] as const)
  it(`lines end as they should: ${JSON.stringify(files)}`, () => {
    assert.equal(`${withCrlf(Buffer.from(files))}`, wire)
    assert.equal(`${withCrlf(Buffer.from(wire))}`, wire)
    assert.equal(`${withLf(Buffer.from(wire))}`, files)
  })

for (const [utf7, name] of [
  ['INBOX', 'INBOX'],
  ['A&-B', 'A&B'],
  ['~peter/mail/&U,BTFw-/&ZeVnLIqe-', '~peter/mail/台北/日本語'],
  ['Entw&APw-rfe', 'Entwürfe'],
  ['&2D3eCQ-', '😉'],
] as const)
  it(`RFC 3501 §5.1.3: ${utf7} is ${name}`, () => {
    assert.equal(fromUtf7(utf7), name)
    assert.equal(toUtf7(name), utf7)
  })
