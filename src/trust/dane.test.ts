// TLSA records against certificates: the right one passes, and nothing else does.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { daneVerdict, usableTlsa } from './dane.ts'
import type { TlsaRecord } from './dns/dns.ts'

const missing =
  spawnSync('openssl', ['version']).status === 0 ? false : 'no openssl to make certificates with'

function openssl(folder: string, line: string): void {
  const { status, stderr } = spawnSync('openssl', line.split(' '), { cwd: folder })
  assert.equal(status, 0, stderr.toString())
}

/** An authority, a leaf that it signed, and one of the same names that it did not. */
function certificates() {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-dane-'))
  const make = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
  writeFileSync(join(folder, 'leaf.ext'), 'subjectAltName=DNS:mx.example')
  for (const ca of ['ca', 'other'])
    openssl(folder, `req -x509 ${make} -keyout ${ca}.key -out ${ca}.pem -days 2 -subj /CN=ca`)
  openssl(folder, `req ${make} -keyout leaf.key -out leaf.csr -subj /CN=mx.example`)
  for (const ca of ['ca', 'other'])
    openssl(
      folder,
      `x509 -req -in leaf.csr -CA ${ca}.pem -CAkey ${ca}.key -out leaf-${ca}.pem -days 2 -extfile leaf.ext`,
    )
  const read = (name: string) => new X509Certificate(readFileSync(join(folder, name)))
  const made = { ca: read('ca.pem'), leaf: read('leaf-ca.pem'), forged: read('leaf-other.pem') }
  rmSync(folder, { recursive: true })
  return made
}

function record(
  usage: number,
  selector: number,
  matching: number,
  of: X509Certificate,
): TlsaRecord {
  const chosen = selector === 0 ? of.raw : of.publicKey.export({ type: 'spki', format: 'der' })
  const hash = (name: string) => createHash(name).update(chosen).digest()
  const data = [chosen, hash('sha256'), hash('sha512')][matching]!
  return { usage, selector, matching, data }
}

test('the certificates that are published pass, others do not', { skip: missing }, () => {
  const { ca, leaf, forged } = certificates()
  const names = ['mx.example', 'example']
  const chain = [leaf.raw, ca.raw]
  for (const selector of [0, 1])
    for (const matching of [0, 1, 2]) {
      assert.equal(daneVerdict([record(3, selector, matching, leaf)], names, chain), '')
      assert.equal(daneVerdict([record(2, selector, matching, ca)], names, chain), '')
    }
  // DANE-EE needs no name; a trust anchor does.
  assert.equal(daneVerdict([record(3, 1, 1, leaf)], ['other.example'], chain), '')
  assert.match(daneVerdict([record(2, 1, 1, ca)], ['other.example'], chain), /names DNS:mx/)
  // The leaf is no anchor, a chain that does not lead to it does not count, nor one without it.
  assert.notEqual(daneVerdict([record(2, 1, 1, leaf)], names, chain), '')
  assert.notEqual(daneVerdict([record(2, 1, 1, ca)], names, [forged.raw, ca.raw]), '')
  assert.notEqual(daneVerdict([record(2, 1, 1, ca)], names, [leaf.raw]), '')
  assert.notEqual(daneVerdict([record(3, 1, 1, ca)], names, chain), '')
  assert.notEqual(daneVerdict([record(3, 1, 1, leaf)], names, []), '')
  assert.notEqual(daneVerdict([record(3, 1, 1, leaf)], names, [Buffer.from('x')]), '')
})

test('records of no use are known as such', () => {
  const data = Buffer.alloc(32)
  const records = [0, 1, 2, 3, 4].map((usage) => ({ usage, selector: 1, matching: 1, data }))
  assert.deepEqual(
    usableTlsa(records).map((one) => one.usage),
    [2, 3],
  )
  const odd = { usage: 3, selector: 1, matching: 1, data: Buffer.alloc(31) }
  assert.deepEqual(usableTlsa([odd, { ...odd, matching: 3 }, { ...odd, selector: 2 }]), [])
})
