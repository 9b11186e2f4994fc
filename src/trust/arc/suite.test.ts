// The ARC test suite. It is read from a folder beside the project, or the one in AMPLOP_CORPUS, and
// is no part of it.
import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { Keys } from '../dkim/keys.ts'
import { SealedText } from '../dkim/sealed-text.ts'
import { ZoneDns } from '../dns/zone-dns.ts'
import { sealArc } from './seal.ts'
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

interface Signing {
  readonly tests: Readonly<Record<string, SigningCase>>
  readonly domain: string
  readonly sel: string
  readonly privatekey: string
}

interface SigningCase {
  readonly message: string
  readonly t: number
  readonly 'sig-headers': string
  readonly 'srv-id': string
  readonly AS: string
  readonly AMS: string
  readonly AAR: string
}

test('the signing suite passes, all 17 cases', { skip }, async () => {
  const wrong: string[] = []
  let count = 0
  for (const scenario of scenarios<Signing>('arc-draft-sign-tests.yml')) {
    for (const [id, one] of Object.entries(scenario.tests)) {
      count++
      const made = await sealed(scenario, one)
      const expected = [one.AS, one.AMS, one.AAR]
      if (!made.every((field, at) => field === plain(expected[at]!))) wrong.push(id)
    }
  }
  assert.deepEqual({ count, wrong }, { count: 17, wrong: [] })
})

/** Our seal of a case: the values of its three fields, or three times "" for none. */
async function sealed({ domain, sel, privatekey }: Signing, one: SigningCase): Promise<string[]> {
  const text = sealedText(one.message)
  const by = one['srv-id']
  const own = text.named('authentication-results').filter(({ value }) => value.startsWith(by))
  const results = own.map(({ value }) => value.slice(value.indexOf(';') + 1).trim())
  const [, chain = 'none'] = /\barc=(\w+)/.exec(results.join(';')) ?? []
  const fields = await sealArc(text, {
    key: { domain, selector: sel, algorithm: 'rsa-sha256', key: createPrivateKey(privatekey) },
    results: [by, ...results].join('; '),
    chain: chain as 'none' | 'pass' | 'fail',
    fields: one['sig-headers'].split(':'),
    now: one.t * 1000,
  })
  if (fields === '') return ['', '', '']
  return fields.split(/\r\n(?=\S)/).map((field) => plain(field.slice(field.indexOf(':') + 1)))
}

function plain(value: string): string {
  return value.replace(/\s+/g, '')
}
