// The server's certificate: the operator's files, or one of its own that it keeps and renews.
import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { selfSigned } from '../wire/self-signed.ts'
import type { CertifiedKey } from '../wire/tls.ts'
import type { Settings } from './config/schema.ts'

const renewBeforeMs = 30 * 86_400_000

/** @throws Error when the operator's files cannot be read. */
export function certificate(settings: Settings, folder: string): CertifiedKey {
  const { cert, key } = settings.tls
  if (cert !== '') return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  const file = join(folder, 'self-signed.pem')
  const { name, domains } = settings.server
  const kept = existsSync(file) ? split(readFileSync(file, 'utf8')) : undefined
  if (kept && isGood(kept, name)) return kept
  const made = selfSigned([name, ...domains, 'localhost', '127.0.0.1', '::1'])
  writeFileSync(file, made.cert + made.key, { mode: 0o600 })
  return made
}

/** The certificates that sign those of clients, in PEM, or "". @throws Error when unreadable. */
export function clientCa({ tls }: Settings): string {
  return tls.client_ca === '' ? '' : readFileSync(tls.client_ca, 'utf8')
}

function split(pem: string): CertifiedKey {
  const at = pem.indexOf('-----BEGIN PRIVATE KEY-----')
  return { cert: pem.slice(0, at), key: pem.slice(at) }
}

function isGood({ cert }: CertifiedKey, name: string): boolean {
  const certificate = new X509Certificate(cert)
  const good = certificate.validToDate.getTime() > Date.now() + renewBeforeMs
  return good && certificate.checkHost(name) !== undefined
}
