// What filters may change in a text.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { texts, uint32 } from './grammar.ts'
import { atEnd, body, head, letter, withPeer } from './testing/filtered.ts'
import type { Script } from './testing/peer.ts'

const edits: [string, ReturnType<Script>, string][] = [
  ['adds a field behind', [['h', texts('X-New', 'v')]], `${head}X-New: v\r\n${body}`],
  ['inserts at the top', [['i', uint32(0), texts('X-New', 'v')]], `X-New: v\r\n${head}${body}`],
  [
    'inserts below the first',
    [['i', uint32(2), texts('X-New', 'v')]],
    letter.replace('X-Two:one', 'X-New: v\r\nX-Two:one'),
  ],
  [
    'inserts beyond the end',
    [['i', uint32(99), texts('X-New', 'v')]],
    `${head}X-New: v\r\n${body}`,
  ],
  [
    'keeps a folded value one field',
    [['h', texts('X-New', 'a\n\tb\nc\r\n\r\nEvil: x')]],
    `${head}X-New: a\r\n\tb\r\n\tc\r\n\tEvil: x\r\n${body}`,
  ],
  [
    'changes the second of a name',
    [['m', uint32(2), texts('x-two', 'z')]],
    letter.replace('X-Two:  two', 'x-two: z'),
  ],
  [
    'deletes the first of a name',
    [['m', uint32(1), texts('X-Two', '')]],
    letter.replace('X-Two:one\r\n  folded\r\n', ''),
  ],
  ['deletes what is not there', [['m', uint32(7), texts('X-Two', '')]], letter],
  [
    'changes what is not there',
    [['m', uint32(1), texts('X-New', 'v')]],
    `${head}X-New: v\r\n${body}`,
  ],
  [
    'replaces the body in parts',
    [['b', 'new '], ['p'], ['b', 'body\r\n']],
    `${head}\r\nnew body\r\n`,
  ],
  [
    'both',
    [
      ['b', 'new\r\n'],
      ['h', texts('X-New', 'v')],
    ],
    `${head}X-New: v\r\n\r\nnew\r\n`,
  ],
]
for (const [name, changes, wanted] of edits)
  it(`a filter changes the text: ${name}`, async (t) => {
    const { send, inbox } = await withPeer(t, atEnd(...changes))
    await send()
    assert.deepEqual(await inbox(), [wanted])
  })

it('a text without body or without header can be changed too', async (t) => {
  const { send, inbox, peer } = await withPeer(t, atEnd(['h', texts('X-New', 'v')]))
  await send('Subject: a\r\n')
  await send('')
  await send('\r\nbody\r\n')
  peer.script = atEnd(['b', 'new\r\n'])
  await send('Subject: a\r\n')
  assert.deepEqual(await inbox(), [
    'Subject: a\r\nX-New: v\r\n',
    'X-New: v\r\n',
    'X-New: v\r\n\r\nbody\r\n',
    'Subject: a\r\n\r\nnew\r\n',
  ])
})
