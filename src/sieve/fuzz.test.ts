// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the language look so
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../base/testing/property.ts'
import { compile } from './compile.ts'
import { glob } from './glob.ts'
import { LetterView } from './letter-view.ts'
import { SieveError } from './problem.ts'
import { compileRegex, matchRegex } from './regex.ts'
import { run } from './run.ts'

const piece = fc.oneof(
  fc.constantFrom('if', 'not', 'anyof', 'header', 'fileinto', 'set', 'keep', 'require', 'text:\n'),
  fc.constantFrom(':is', ':regex', ':copy', ':comparator', '"variables"', '"a"', '"${a}"', '12K'),
  fc.constantFrom(
    ' ',
    '\n',
    ';',
    ',',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    '#',
    '/*',
    '*/',
    '.',
  ),
  fc.string({ maxLength: 5 }),
)

test('whatever a script is, reading it throws its own error, and running it none', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const world = {
        letter: new LetterView(Buffer.from('Subject: a\r\n\r\nb')),
        ...{ envelope: { from: '', to: '' }, now: 0, zone: 0 },
        ...{ mailboxes: new Set<string>(), environment: new Map<string, string>() },
      }
      try {
        assert.ok(run(compile(pieces.join(' ')), world).actions.length > 0)
      } catch (error) {
        assert.ok(error instanceof SieveError, String(error))
      }
    }),
    { numRuns: 2_000 },
  )
})

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
const plain = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 })

test('wildcards match what the same expression matches, and stand for all of it', () => {
  fc.assert(
    fc.property(letters, plain, (pattern, text) => {
      const same = new RegExp(`^${pattern.replace(/\*/g, '.*').replace(/\?/g, '.')}$`)
      const found = glob(pattern, text)
      assert.equal(found !== undefined, same.test(text))
      if (!found) return
      const parts = found.slice(1)
      assert.equal(
        pattern.replace(/[*?]/g, () => parts.shift() ?? ''),
        text,
      )
    }),
    { numRuns: 3_000 },
  )
})

const expression = fc.string({
  unit: fc.constantFrom('a', 'b', '.', '*', '+', '?', '|', '(', ')', '^', '$', '[ab]', '{1,2}'),
  maxLength: 10,
})

test('expressions match where they match elsewhere', () => {
  fc.assert(
    fc.property(expression, plain, (pattern, text) => {
      const ours = compileRegex(pattern)
      // Repeats of repeats and of anchors are nothing there.
      if (typeof ours === 'string' || /[*+?}^$][*+?{]/.test(pattern)) return
      // Which of several matches is taken differs where a repeat may be empty.
      const found = matchRegex(ours, text, false)
      assert.equal(found !== undefined, new RegExp(pattern, 's').test(text))
    }),
    { numRuns: 3_000 },
  )
})

test('an expression that would take others for ever ends', () => {
  const regex = compileRegex('(a|a|aa|(a*)*)*b')
  assert.ok(typeof regex !== 'string')
  assert.equal(matchRegex(regex, 'a'.repeat(2_000), true), undefined)
  assert.equal(compileRegex('((((a{200}){200}){200}){200})'), 'too large')
})
