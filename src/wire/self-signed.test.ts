import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { it } from 'node:test'
import { selfSigned } from './self-signed.ts'
import { secureContext } from './tls.ts'

it('a self-made certificate names its hosts, fits its key and is valid now', () => {
  const pair = selfSigned(['mail.example.com', 'localhost', '127.0.0.1', '::1', '2001:db8::7'])
  const certificate = new X509Certificate(pair.cert)
  assert.equal(certificate.subject, 'CN=mail.example.com')
  assert.equal(certificate.checkHost('localhost'), 'localhost')
  for (const address of ['127.0.0.1', '::1', '2001:db8::7'])
    assert.equal(certificate.checkIP(address), address)
  assert.equal(certificate.checkHost('other.example'), undefined)
  assert.ok(certificate.verify(certificate.publicKey))
  assert.ok(certificate.validFromDate.getTime() < Date.now())
  assert.ok(certificate.validToDate.getTime() > Date.now() + 300 * 86_400_000)
  secureContext(pair)
})

it('a self-made certificate can be read, however long its names are', () => {
  for (let length = 1; length <= 100; length++)
    secureContext(selfSigned([`${'a'.repeat(length)}.example.com`]))
})
