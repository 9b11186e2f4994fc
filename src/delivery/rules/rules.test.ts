import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../base/testing/property.ts'
import { compile } from '../../sieve/compile.ts'
import { LetterView } from '../../sieve/letter-view.ts'
import { run } from '../../sieve/run.ts'
import { newRule, type Rule, ruleForms } from './rule.ts'
import { scriptOf } from './rule-script.ts'
import { readRule, ruleSentence } from './rule-words.ts'

const letter = [
  'From: "The Boss" <boss@example.com>',
  'To: tito@example.net',
  'Subject: Report [a*b] "x"',
  'List-Id: <team.example.com>',
  'X-Spam: Yes',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  '',
  'the market',
  '--b',
  'Content-Disposition: attachment; filename=a.txt',
  '',
  'a',
  '--b--',
].join('\r\n')

function did(...rules: readonly Partial<Rule>[]) {
  const kept = rules.map((rule, n) => ({ ...newRule, sortOrder: n, ...rule, id: `${n}` }))
  const { actions, failure } = run(compile(scriptOf(kept)), {
    letter: new LetterView(Buffer.from(letter)),
    ...{ envelope: { from: '', to: '' }, now: 0, zone: 0 },
    ...{ mailboxes: new Set<string>(), environment: new Map<string, string>() },
  })
  assert.equal(failure, '')
  return actions.map((one) => {
    const where = one.is === 'fileinto' ? ` ${one.mailboxId || one.specialUse}` : ''
    const flags = 'flags' in one && one.flags.length > 0 ? ` ${one.flags.join(' ')}` : ''
    return `${one.is}${where}${flags}${one.rule === '' ? '' : ` by ${one.rule}`}`
  })
}

const sentences: readonly (readonly [sentence: string, holds: boolean])[] = [
  ['if from contains boss then star', true],
  ['if from is boss@example.com then star', true],
  ['if from is boss@example.org then star', false],
  ['if from ends with @example.com then star', true],
  ['if subject starts with REPORT then star', true],
  ['if subject contains "[A*B] \\"x" then star', true],
  ['if subject starts with *port then star', false],
  ['if not subject contains report then star', false],
  ['if list contains team.example.com then star', true],
  ['if header X-Spam is yes then star', true],
  ['if header X-Other exists then star', false],
  ['if body contains MARKET then star', true],
  ['if has attachment then star', true],
  ['if larger than 5 mb then star', false],
  ['if smaller than 5k then star', true],
  ['if from contains boss and body contains nothing then star', false],
  ['if from contains nobody or body contains market then star', true],
  ['always then star', true],
]

for (const [sentence, holds] of sentences)
  test(`${holds ? 'it applies' : 'it does not'}: ${sentence}`, () => {
    const said = readRule(sentence)
    const wanted = holds ? ['keep \\Flagged'] : ['keep']
    assert.deepEqual(did({ ...said, name: 'Mine' }), wanted)
    const whole = { ...newRule, ...said, name: 'Mine' }
    for (const [name, value] of Object.entries(whole)) assert.ok(ruleForms[name]?.(value), name)
  })

test('an action of a rule is done, and what follows it is not asked', () => {
  const move = readRule('if from contains boss then move to w1, mark read, label Work')
  const next = readRule('always then copy to w2')
  assert.deepEqual(did({ ...move, name: 'Boss' }, next), ['fileinto w1 \\Seen Work by Boss'])
  const on = readRule('if from contains boss then move to w1, continue')
  assert.deepEqual(did(on, next), ['fileinto w1 by rule', 'fileinto w2 by rule'])
  assert.deepEqual(did({ ...move, isEnabled: false }, next), ['fileinto w2 by rule', 'keep'])
  assert.deepEqual(did(readRule('always then junk')), ['fileinto \\Junk by rule'])
  assert.deepEqual(did(readRule('always then forward to ana@example.org')), [
    'redirect by rule',
    'keep',
  ])
})

const notUnderstood = [
  'move to A',
  'if from then star',
  'if a then',
  'if x is y then star',
  'then fly',
]
for (const sentence of notUnderstood)
  test(`it is no rule: ${sentence}`, () => assert.throws(() => readRule(sentence), /bad-value/))

const text = fc
  .string({ minLength: 1, maxLength: 12 })
  .filter((one) => !/[\x00-\x1f\x7f]/.test(one) && one.trim() === one && !/\s\s/.test(one))

test('a sentence says what a rule is, and is read as the same', () => {
  fc.assert(
    fc.property(text, text, fc.boolean(), (value, box, not) => {
      const condition = { about: 'subject', test: 'contains', value, header: '', not } as const
      const actions = [{ do: 'move', mailboxId: box, value: '' } as const]
      const rule = { match: 'all', conditions: [condition], actions, stop: true } as const
      assert.deepEqual(readRule(ruleSentence(rule, (id) => id)), rule)
    }),
  )
})

test('whatever texts a rule has, its script is one', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (name, value) => {
      const conditions = [
        { about: 'from', test: 'endsWith', value, header: '', not: false },
      ] as const
      const actions = [{ do: 'reject', mailboxId: '', value }] as const
      compile(scriptOf([{ ...newRule, id: 'a', name, conditions, actions }]))
    }),
  )
})
