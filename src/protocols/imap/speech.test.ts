// Every sentence that a session may hear is known in every language.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ok, refusals, replies } from './replies.ts'
import { sentences } from './sentences.table.ts'
import { languageFor, Speech } from './speech.ts'

const folder = import.meta.dirname

/** What the commands say besides: sentences in ok(…), no(…) and the like. */
function inSources(): string[] {
  const said: string[] = []
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.includes('.test.')) continue
    const source = readFileSync(join(folder, name), 'utf8')
    for (const [, text = ''] of source.matchAll(/\bok\('([^']+)'/g)) said.push(text)
    for (const [, text = ''] of source.matchAll(/\bno\([^,()]+, '([^']+)'/g)) said.push(text)
  }
  return said
}

test('every sentence is known in German and Indonesian', () => {
  const all = [...Object.values(replies), ...Object.values(refusals)].map(({ text }) => text)
  const missing = [...all, ...inSources()].filter((text) => !sentences[text])
  assert.deepEqual([...new Set(missing)], [])
  assert.ok(inSources().length > 60)
})

test('sentences are such that a reply can have them', () => {
  // RFC 5255 §3.5 UTF8-TEXT-CHAR
  for (const text of Object.values(sentences).flat()) assert.match(text, /^[^\x00-\x1f[\x7f]+$/)
})

test('a language is found by what is nearest to it', () => {
  const pairs = [
    ...[
      ['de', 'de'],
      ['DE-IT', 'de'],
      ['de-CH-x-old', 'de'],
      ['en-GB', 'en'],
      ['id', 'id'],
    ],
    ...[
      ['i-default', 'i-default'],
      ['default', 'i-default'],
      ['*', 'i-default'],
    ],
    ...[
      ['fr', undefined],
      ['', undefined],
      ['mul', undefined],
      ['d', undefined],
    ],
  ] as const
  for (const [range, found] of pairs) assert.equal(languageFor(range ?? ''), found, range)
})

test('what has no translation is said in English', () => {
  const speech = new Speech()
  speech.language = 'de'
  assert.equal(speech.said(ok('Fetched', 'X')).text, 'Geholt')
  assert.equal(speech.said(ok('Expected a space')).text, 'Expected a space')
})
