// What is kept of ACME in the data folder: the account's key, the certificate with its key, and
// when to try again. Nobody else may read any of it.
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CertifiedKey } from '../wire/tls.ts'

export const acmeFiles = {
  account: 'acme-account.pem',
  certificate: 'acme.pem',
  state: 'acme.json',
} as const

/** How it went last. */
export interface AcmeState {
  /** Failures since it last went well. */
  readonly failures: number
  /** Not before, in milliseconds since 1970. */
  readonly nextAt: number
  /** Why it failed, or "". */
  readonly error: string
}

const fresh: AcmeState = { failures: 0, nextAt: 0, error: '' }

export function readAcmeState(folder: string): AcmeState {
  const file = join(folder, acmeFiles.state)
  if (!existsSync(file)) return fresh
  try {
    const { failures, nextAt, error } = JSON.parse(readFileSync(file, 'utf8'))
    return { failures: Number(failures) || 0, nextAt: Number(nextAt) || 0, error: String(error) }
  } catch {
    return fresh
  }
}

export function writeAcmeState(folder: string, state: AcmeState): void {
  replace(join(folder, acmeFiles.state), `${JSON.stringify(state)}\n`)
}

/** The account's key, made at the first time. */
export function accountKey(folder: string): KeyObject {
  return keyIn(join(folder, acmeFiles.account))
}

/** The certificate and its key; undefined where there is none yet, or none that can be read. */
export function acmeCertificate(folder: string): CertifiedKey | undefined {
  const file = join(folder, acmeFiles.certificate)
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  const at = text.indexOf('-----BEGIN PRIVATE KEY-----')
  if (at < 0) return undefined
  try {
    void new X509Certificate(text)
    return { cert: text.slice(0, at), key: text.slice(at) }
  } catch {
    return undefined
  }
}

export function writeAcmeCertificate(folder: string, cert: string, key: KeyObject): void {
  replace(join(folder, acmeFiles.certificate), `${cert.trimEnd()}\n${pemOf(key)}`)
}

/** That of the certificate before: TLSA records of the key stay right (RFC 7671 §8.1). */
export function certificateKey(folder: string): KeyObject {
  const kept = acmeCertificate(folder)
  return kept ? createPrivateKey(kept.key) : newKey()
}

function keyIn(file: string): KeyObject {
  if (existsSync(file)) return createPrivateKey(readFileSync(file, 'utf8'))
  const key = newKey()
  replace(file, pemOf(key))
  return key
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** All of it or what was before: a half certificate would stop the server. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
}
