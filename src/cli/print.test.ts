// What reaches a person's terminal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Trace } from '../app/new-traces.ts'
import { Misused } from './command.ts'
import { movingLine } from './moving.ts'
import { sizeBytes, wholeNumber } from './numbers.ts'
import { bytesText, clean, durationText } from './print.ts'

test('text of strangers steers no terminal', () => {
  assert.equal(clean('a\x1b[31m\r\nb\x9b\u202e\u2028ü印'), 'a?[31m??b???ü印')
})

const trace: Trace = {
  id: '1',
  at: 0,
  client: {
    session: 's',
    protocol: 'smtp',
    address: '127.0.0.1',
    port: 1,
    hello: '',
    tls: '',
    login: '',
    trusted: true,
  },
  from: '',
  recipients: ['a', 'b', 'c', 'd'].map((name, at) => ({
    address: `${name}@x.test`,
    code: 250,
    status: '2.1.5',
    text: 'OK',
    place: at === 0 ? 'sink' : 'mailbox',
  })),
  subject: `\x1b]0;gone\x07${'x'.repeat(100)}`,
  messageId: '',
  size: 1,
  accepted: true,
  code: 250,
  status: '2.0.0',
  text: 'OK',
  steps: [{ step: 'code', ms: 3.25, ok: true, said: '' }],
  blob: null,
  board: '',
}

test('a message is one line, whatever is in it', () => {
  const line = movingLine(trace).replace(/^\d\d:\d\d:\d\d {2}/, '')
  const to = 'a@x.test, b@x.test, c@x.test and 1 more'
  const subject = `"?]0;gone?${'x'.repeat(51)}…"`
  assert.equal(line, `<> -> ${to}  ${subject}  250  simulated internet, mailbox  3.3 ms`)
  const refused: Trace = {
    ...trace,
    from: 'q@x.test',
    recipients: [],
    subject: 'no',
    accepted: false,
    code: 550,
    status: '5.1.1',
    text: 'No such user here',
    steps: [],
  }
  assert.match(movingLine(refused), /q@x\.test -> nobody {2}"no" {2}550 5\.1\.1 No such user here$/)
})

test('sizes and times are said in words', () => {
  assert.deepEqual([0, 1023, 1536, 5 * 2 ** 30].map(bytesText), [
    '0 B',
    '1023 B',
    '1.5 KiB',
    '5.0 GiB',
  ])
  assert.deepEqual([999, 61_000, 3_700_000, 90_000_000].map(durationText), [
    '0 s',
    '1 min 1 s',
    '1 h 1 min',
    '1 d 1 h',
  ])
})

test('numbers are taken as people type them, and nothing else', () => {
  assert.deepEqual(
    ['0', '7', '500M', '2g', '1KiB', '3TB'].map((text) => sizeBytes('--q', text)),
    [0, 7, 500 * 2 ** 20, 2 ** 31, 1024, 3 * 2 ** 40],
  )
  for (const text of ['', '-1', '1.5G', 'M', '5X', '99999999999T', '1e3'])
    assert.throws(() => sizeBytes('--q', text), Misused)
  assert.equal(wholeNumber('--n', '5', [1, 5]), 5)
  for (const text of ['', '6', '0', '-3', '0x5', '5 ', '1e0'])
    assert.throws(() => wholeNumber('--n', text, [1, 5]), Misused)
})
