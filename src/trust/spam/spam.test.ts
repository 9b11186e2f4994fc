import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../base/testing/property.ts'
import { digest } from '../../message/digest.ts'
import {
  type Counts,
  type Knowledge,
  learntMin,
  likeness,
  noOpinion,
  together,
} from './classifier.ts'
import { looksOf } from './looks.ts'
import { judge, otherwise, reasonsText, type Signal, sentence, signal } from './verdict.ts'
import { wordsOf } from './words.ts'

const reading = {
  subject: '',
  text: '',
  fromName: '',
  fromDomain: '',
  linkHosts: [],
  marks: [],
}

function knowledge(junk: readonly string[], wanted: readonly string[], times = 20): Knowledge {
  const words = new Map<string, Counts>()
  for (const word of junk) words.set(word, { junk: times, wanted: 0 })
  for (const word of wanted) words.set(word, { junk: 0, wanted: times })
  return { learnt: { junk: times, wanted: times }, words }
}

const words: readonly [what: string, text: string, found: readonly string[]][] = [
  ['words in small letters, each once', 'Buy NOW, buy', ['buy', 'now']],
  ['no short words and no bare numbers', 'a is 12345 2.50 v1agra', ['v1agra']],
  ['words of other alphabets', 'Срочно Grüße', ['срочно', 'grüße']],
  ['two letters where there are no blanks', '发票代开', ['发票', '票代', '代开']],
  ['what is too long by its beginning', 'x'.repeat(60), ['long:xxxx']],
  ['full-width letters as what they look like', 'ＦＲＥＥ', ['free']],
]
for (const [what, text, found] of words)
  test(`takes ${what}`, () => assert.deepEqual(wordsOf({ ...reading, text }), found))

test('says where a word stood', () => {
  const found = wordsOf({
    ...reading,
    subject: 'Prize',
    fromName: 'The Bank',
    fromDomain: 'evil.example',
    linkHosts: ['evil.example'],
    marks: ['html-only'],
  })
  assert.deepEqual(found, [
    ...['from:evil.example', 'mark:html-only', 'link:evil.example'],
    ...['name:the', 'name:bank', 'subject:prize'],
  ])
})

test('takes five hundred words and no more', () => {
  const text = Array.from({ length: 5000 }, (_, n) => `word${n}`).join(' ')
  assert.equal(wordsOf({ ...reading, text }).length, 500)
})

test('finds junk like junk, wanted mail like wanted mail, and the rest like neither', () => {
  const known = knowledge(['pills', 'casino', 'winner'], ['meeting', 'invoice', 'regards'])
  assert.ok(likeness(['pills', 'casino', 'hello'], known).junk > 0.9)
  assert.ok(likeness(['meeting', 'regards', 'hello'], known).junk < 0.1)
  assert.deepEqual(likeness(['hello', 'world'], known), noOpinion)
  const both = likeness(['pills', 'meeting'], known).junk
  assert.ok(both > 0.3 && both < 0.7, String(both))
  assert.deepEqual(likeness(['pills', 'casino'], known).telling[0]?.word, 'pills')
})

test('has no opinion before it has learnt some of both kinds', () => {
  const words = new Map([['pills', { junk: 50, wanted: 0 }]])
  const learnt = { junk: 50, wanted: learntMin - 1 }
  assert.deepEqual(likeness(['pills'], { learnt, words }), noOpinion)
})

test('what all share stands in until an account knows enough', () => {
  const shared = knowledge(['pills'], ['meeting'])
  const young = together(knowledge(['lottery'], [], 5), shared)
  assert.ok(likeness(['pills'], young).junk > 0.7)
  const old = together(knowledge(['lottery'], [], 100), shared)
  assert.deepEqual(likeness(['pills'], old), noOpinion)
})

test('likeness is between 0 and 1 whatever was counted', () => {
  const counts = fc.record({ junk: fc.nat(1e6), wanted: fc.nat(1e6) })
  fc.assert(
    fc.property(fc.dictionary(fc.string(), counts), counts, (found, learnt) => {
      const { junk } = likeness(Object.keys(found), {
        learnt,
        words: new Map(Object.entries(found)),
      })
      assert.ok(junk >= 0 && junk <= 1, String(junk))
    }),
  )
})

test('a verdict names its reasons, the weightiest first, and what would have changed it', () => {
  const verdict = judge([
    signal('first-contact', 'ana@example.net'),
    signal('unproven', 'example.net'),
    signal('link-of-another', 'bank.example leads to evil.example'),
  ])
  assert.equal(verdict.junk, true)
  assert.equal(
    reasonsText(verdict),
    'Junk, 7 of 5 points: nothing proves that it comes from example.net; a link shows one place ' +
      'and leads to another: bank.example leads to evil.example; ana@example.net never wrote before',
  )
  assert.equal(
    otherwise(verdict),
    'It would have gone to Inbox if it had a signature of example.net, or came from a host that ' +
      'example.net names.',
  )
})

test('what was wanted says what saved it, and nothing where nothing did', () => {
  const verdict = judge([signal('unproven', 'a.example'), signal('correspondent', 'ana@a.example')])
  assert.equal(otherwise(verdict), '')
  const saved = judge([...verdict.signals, signal('blocklisted', 'list.example')])
  assert.equal(saved.junk, false)
  assert.equal(
    otherwise(saved),
    'It would have gone to Junk if you had never written to ana@a.example.',
  )
})

test('other points and another threshold make another verdict of the same signals', () => {
  const { signals } = judge([signal('unproven', 'a.example'), signal('no-date')])
  assert.equal(judge(signals).junk, false)
  assert.equal(judge(signals, { threshold: 4, points: {} }).junk, true)
  assert.equal(judge(signals, { threshold: 5, points: { unproven: 10 } }).score, 10.5)
})

test('without what it names, the verdict is the other', () => {
  const names = ['unproven', 'blocklisted', 'correspondent', 'good-sender', 'shouting'] as const
  const some = fc.uniqueArray(fc.constantFrom(...names))
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 9 }), (chosen, threshold) => {
      const verdict = judge(
        chosen.map((name) => signal(name, 'x')),
        { threshold, points: {} },
      )
      const said = otherwise(verdict)
      if (said === '') return
      const isNamed = (one: Signal) => said.includes(sentenceUnless(one))
      const rest = verdict.signals.filter((one) => !isNamed(one))
      assert.equal(judge(rest, { threshold, points: {} }).junk, !verdict.junk, said)
    }),
  )
})

function sentenceUnless(one: Signal): string {
  const alone = judge([{ ...one, points: one.points > 0 ? 1000 : one.points }])
  return one.points > 0 ? (/ if (.*)\.$/.exec(otherwise(alone))?.[1] ?? '?') : unlessOf(one)
}

function unlessOf(one: Signal): string {
  const saved = judge([
    { ...one, points: -1000 },
    { ...signal('gtube'), points: 900 },
  ])
  return / if (.*)\.$/.exec(otherwise(saved))?.[1] ?? '?'
}

function looks(text: string) {
  const bytes = Buffer.from(text.replaceAll('\n', '\r\n'))
  return looksOf(bytes, digest(bytes), Date.UTC(2026, 0, 2))
}

const head = 'Date: Fri, 02 Jan 2026 00:00:00 +0000\nMessage-ID: <a@b>\n'
const html = 'MIME-Version: 1.0\nContent-Type: text/html\n'
const marked: readonly [what: string, text: string, says: readonly string[]][] = [
  ['nothing in an honest message', `${head}From: Ana <ana@a.example>\nSubject: Hi\n\nHello\n`, []],
  [
    'an address in a name that is another',
    `${head}From: "service@bank.example" <x@evil.example>\n\nHello\n`,
    ['the name of its sender shows the address service@bank.example, which is another'],
  ],
  ['its own address in a name', `${head}From: "ana@a.example" <ana@a.example>\n\nHello\n`, []],
  [
    'a link that leads elsewhere',
    `${head}From: <x@evil.example>\n${html}\n<a href="https://evil.example/x">https://www.bank.example</a>\n`,
    ['a link shows one place and leads to another: www.bank.example leads to evil.example'],
  ],
  [
    'no harm in a link to a part of the same site',
    `${head}From: <x@a.example>\n${html}\n<a href='http://login.a.example/'>www.a.example</a>\n`,
    [],
  ],
  [
    'answers that go elsewhere',
    `${head}From: <ana@a.example>\nReply-To: <ana@b.example>\n\nHello\n`,
    ['answers go to ana@b.example, not to its sender'],
  ],
  [
    'an attached program',
    `${head}From: <a@a.example>\nMIME-Version: 1.0\nContent-Type: application/octet-stream; name="bill.pdf.exe"\n\nMZ\n`,
    ['a program is attached to it: bill.pdf.exe'],
  ],
  [
    'several authors, no date, no name',
    'From: <a@a.example>\nFrom: <b@b.example>\nSubject: WIN MONEY TODAY\n\nHello\n',
    [
      'it names its author more than once',
      'it has no date',
      'it has no Message-ID',
      'its subject is in capitals',
    ],
  ],
  [
    'the test text',
    `${head}From: <a@a.example>\n\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n`,
    ['it contains the test text that every filter must find (GTUBE)'],
  ],
]
for (const [what, text, says] of marked)
  test(`sees ${what}`, () => assert.deepEqual(looks(text).signals.map(sentence), says))

test('reads hosts, the author and marks', () => {
  const { reading, from, fromDomain } = looks(
    `${head}From: Ana <Ana@A.example>\n${html}\n<p>x</p><A HREF=http://B.example:80/x>y</A>\n`,
  )
  assert.deepEqual([from, fromDomain], ['ana@a.example', 'a.example'])
  assert.deepEqual(reading.linkHosts, ['b.example'])
  assert.deepEqual(reading.marks, ['html-only'])
})
