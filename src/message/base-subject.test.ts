import assert from 'node:assert/strict'
import { test } from 'node:test'
import { baseSubject } from './base-subject.ts'

test('RFC 5256 base subjects are what is left without the marks of mail programs', () => {
  const cases = [
    ['Hello', 'Hello'],
    ['', ''],
    ['Re: Hello', 'Hello'],
    ['RE:RE: re : Hello', 'Hello'],
    ['Fw: Fwd: FWD: Hello', 'Hello'],
    ['Hello (fwd)', 'Hello'],
    ['Hello (fwd) (FWD)  ', 'Hello'],
    ['[list] Hello', 'Hello'],
    ['[list] Re: [other] Hello', 'Hello'],
    ['Re[2]: Hello', 'Hello'],
    ['Re [2] : Hello', 'Hello'],
    ['[list][more] Re: Hello', 'Hello'],
    ['[just a blob]', '[just a blob]'],
    ['Re: [just a blob]', '[just a blob]'],
    ['[a] [b]', '[b]'],
    ['[Fwd: Hello]', 'Hello'],
    ['[fwd: Re: [Fwd: Hello] (fwd)]', 'Hello'],
    ['Re:', ''],
    ['Regarding: x', 'Regarding: x'],
    ['  spaced \t out  ', 'spaced out'],
    ['re: ünïcode', 'ünïcode'],
    ['[unclosed Re: Hello', '[unclosed Re: Hello'],
  ] as const
  for (const [subject, base] of cases) assert.equal(baseSubject(subject), base, subject)
})

test('a subject made to be slow is not', () => {
  const began = performance.now()
  for (const piece of ['Re:', '[a]', '[', '(fwd)', '[fwd:', ' ', '[a] re [b]'])
    baseSubject(piece.repeat(10_000))
  assert.ok(performance.now() - began < 500)
})
