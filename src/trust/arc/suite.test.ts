// The ARC test suite. It is read from a folder beside the project, or the one in AMPLOP_CORPUS, and
// is no part of it.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { Keys } from '../dkim/keys.ts'
import { SealedText } from '../dkim/sealed-text.ts'
import { ZoneDns } from '../dns/zone-dns.ts'
import { verifyArc } from './verify.ts'

const corpus = process.env.AMPLOP_CORPUS ?? join(import.meta.dirname, '../../../../shared/corpus')
const skip = existsSync(corpus) ? false : 'corpus absent (AMPLOP_CORPUS)'

interface Validation {
  readonly tests: Readonly<Record<string, { readonly message: string; readonly cv: string }>>
  readonly 'txt-records': Readonly<Record<string, string>>
}

function scenarios<T>(name: string): readonly T[] {
  const text = readFileSync(join(corpus, 'arc/tests', name), 'utf8')
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as T | null) ?? [])
}

function zoneOf(records: Readonly<Record<string, string>>): ZoneDns {
  const dns = new ZoneDns()
  for (const [name, data] of Object.entries(records)) dns.put({ name, type: 'TXT', data })
  return dns
}

function sealedText(message: string): SealedText {
  const bytes = Buffer.from(message.replace(/\r?\n/g, '\r\n'), 'utf8')
  return new SealedText(bytes, async function* () {
    yield bytes
  })
}

test('the validation suite passes, all 171 cases', { skip }, async () => {
  const wrong: string[] = []
  let count = 0
  for (const { tests, 'txt-records': records } of scenarios<Validation>(
    'arc-draft-validation-tests.yml',
  )) {
    const keys = new Keys(zoneOf(records))
    for (const [id, { message, cv }] of Object.entries(tests)) {
      count++
      // Where it says nothing, the chain itself says that it is broken.
      const { result, why } = await verifyArc(sealedText(message), keys)
      if (result !== (cv || 'Fail').toLowerCase())
        wrong.push(`${id}: ${result} (${why}), not ${cv}`)
    }
  }
  assert.deepEqual({ count, wrong }, { count: 171, wrong: [] })
})
