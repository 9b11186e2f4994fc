// What is a message and what is not, field by field; and that no field can become another.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAddress } from '../../message/address.ts'
import { BadField, parseObject, type Submission, submission } from './grammar.ts'
import { letter } from './testing/front.ts'

function read(text: string | Uint8Array): Submission {
  return submission(parseObject(Buffer.from(text)), 5)
}

function readWith(fields: Readonly<Record<string, unknown>>): Submission {
  return read(JSON.stringify({ ...letter, ...fields }))
}

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof BadField) return `${error.reply.code} ${error.reply.text}`
    throw error
  }
  return 'no refusal'
}

test('the four keys of the classic client are enough, in any order, with others ignored', () => {
  const said = read(
    '{"body":"t","x":{"y":[1]},"subject":"s","recipient":"b@X.com","sender":"a@x.com"}',
  )
  assert.deepEqual(said, {
    sender: { local: 'a', domain: 'x.com' },
    recipients: [{ local: 'b', domain: 'x.com' }],
    subject: 's',
    body: 't',
    html: '',
    replyTo: null,
    board: '',
    tags: [],
    priority: '',
    token: '',
    id: '',
  })
})

test('every optional field is taken', () => {
  const said = readWith({
    html: '<p>t</p>',
    replyTo: 'c@x.com',
    board: 'Alerts',
    tags: ['disk', ' full '],
    priority: 'high',
    token: 'secret',
    id: 'k-1',
  })
  assert.deepEqual(
    [said.html, said.replyTo, said.board, said.tags, said.priority, said.token, said.id],
    [
      '<p>t</p>',
      { local: 'c', domain: 'x.com' },
      'alerts',
      ['disk', 'full'],
      'high',
      'secret',
      'k-1',
    ],
  )
})

const recipients: readonly [given: unknown, meant: string[]][] = [
  ['a@x.com, b@x.com', ['a@x.com', 'b@x.com']],
  [
    ['a@x.com', 'b@x.com'],
    ['a@x.com', 'b@x.com'],
  ],
  [
    ['a@x.com,b@x.com', ' c@x.com '],
    ['a@x.com', 'b@x.com', 'c@x.com'],
  ],
  ['a@x.com,,', ['a@x.com']],
  ['a@x.com,a@X.COM', ['a@x.com']],
  ['<a@x.com>', ['a@x.com']],
  ['"a,b"@x.com, c@x.com', ['"a,b"@x.com', 'c@x.com']],
  ['halo', ['halo']],
  ['ñandú@x.com', ['ñandú@x.com']],
]

for (const [given, meant] of recipients)
  test(`T000-10 recipients are all named, none is lost: ${JSON.stringify(given)}`, () => {
    assert.deepEqual(readWith({ recipient: given }).recipients.map(formatAddress), meant)
  })

const bad: readonly [fields: Record<string, unknown>, why: RegExp][] = [
  [{ sender: undefined }, /^554 sender is missing/],
  [{ recipient: undefined }, /^554 recipient is missing/],
  [{ subject: undefined }, /^554 subject is missing/],
  [{ body: null }, /^554 body is missing/],
  [{ body: 7 }, /^554 body must be a string/],
  [{ subject: ['s'] }, /^554 subject must be a string/],
  [{ sender: { x: 1 } }, /^554 sender must be a string/],
  [{ sender: '' }, /^501 sender "" is no address/],
  [{ sender: 'halo' }, /^501 sender "halo" is no address/],
  [{ sender: 'a@x.com, b@x.com' }, /^501 sender .* is no address/],
  [{ recipient: 7 }, /^554 recipient must be/],
  [{ recipient: ['a@x.com', 7] }, /^554 recipient must be/],
  [{ recipient: '' }, /^554 recipient is empty/],
  [{ recipient: [] }, /^554 recipient is empty/],
  [{ recipient: 'a@@x' }, /^501 recipient "a@@x" is no address/],
  [{ recipient: '"xclow3n@gmail.com x"@internal.domain y' }, /^501 recipient .* is no address/],
  [{ recipient: 'a@x,b@x,c@x,d@x,e@x,f@x' }, /^554 recipient names more than 5/],
  [{ subject: 'x'.repeat(2001) }, /^554 subject is longer/],
  [{ replyTo: 'x' }, /^501 replyTo "x" is no address/],
  [{ tags: 7 }, /^554 tags must be/],
  [{ tags: Array(21).fill('x') }, /^554 tags must be at most 20/],
  [{ tags: ['x'.repeat(65)] }, /^554 tags is longer/],
  [{ priority: 'urgent' }, /^554 priority must be/],
  [{ board: '../x' }, /^554 board must be/],
  [Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`k${n}`, n])), /^554 more than 64/],
]

for (const [fields, why] of bad)
  test(`what is no message is refused by the field's name: ${why.source}`, () => {
    assert.match(
      refusal(() => readWith(fields)),
      why,
    )
  })

test('T000-12 no field that reaches a header, an envelope or a log may break its line', () => {
  const names = ['sender', 'recipient', 'subject', 'replyTo', 'tags', 'id', 'token', 'board']
  const breaks = ['\r\nBcc: evil@x.com', '\n', '\r', '\0', '\x1b]0;', '\x7f']
  for (const name of names)
    for (const text of breaks) {
      const value = name === 'tags' ? [`a${text}b`] : `a${text}b@x.com`
      assert.match(
        refusal(() => readWith({ [name]: value })),
        /^5\d\d /,
        `${name} ${text}`,
      )
    }
})

test('keys of the language are keys like any other', () => {
  const evil = '{"__proto__":{"sender":"e@x.com","token":"t"},"constructor":1,"toString":2}'
  assert.match(
    refusal(() => read(evil)),
    /sender is missing/,
  )
  const said = read(`{"__proto__":{"token":"t"},${JSON.stringify(letter).slice(1)}`)
  assert.equal(said.token, '')
  assert.equal(({} as Record<string, unknown>).token, undefined)
})

test('T000-09 what is no JSON object is told apart from one with bad fields', () => {
  for (const text of [
    '{not json',
    '[]',
    '7',
    '{"a":01}',
    '{"a":"\n"}',
    "{'a': wrong}",
    "{'a': 'b'",
  ])
    assert.match(
      refusal(() => read(text)),
      /^501 not /,
      text,
    )
  assert.equal(
    refusal(() => read(Buffer.from([0x7b, 0xff, 0x7d]))),
    '501 not UTF-8',
  )
})

test('T000-08 apostrophes stay what they are, in JSON and in a Python dict', () => {
  const body = 'it\'s "ok" — don\'t {break} \\ end'
  const python: readonly [text: string, body: string][] = [
    [
      `{'sender': 'a@x.com', 'recipient': 'b@x.com', 'subject': 's', 'body': 'it\\'s "ok" — don\\'t {break} \\\\ end'}`,
      body,
    ],
    [`{'sender': 'a@x.com', 'recipient': 'b@x.com', 'subject': 's', 'body': "it's"}`, "it's"],
    [
      `{'sender': 'a@x.com', 'recipient': ['b@x.com'], 'subject': 's', 'body': '\\n\\t\\xf1\\u2713\\U0001f600\\q', 'x': None, 'y': True, 'z': 1.5}`,
      '\n\tñ✓😀\\q',
    ],
    [
      `{'sender': 'a@x.com', 'recipient': 'b@x.com', 'subject': 's', 'body': 'None, True'}`,
      'None, True',
    ],
  ]
  assert.equal(readWith({ body }).body, body)
  for (const [text, meant] of python) assert.equal(read(text).body, meant)
  // Strict JSON is never read the tolerant way.
  assert.equal(readWith({ body: "{'a': True}" }).body, "{'a': True}")
})

test('half a character is no character', () => {
  assert.equal(readWith({ body: 'a\ud800b' }).body, 'a\ufffdb')
})
