// The server's certificate: the operator's files, one that an authority issued by itself, or one of
// its own that it keeps and renews.
import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../base/log.ts'
import { selfSigned } from '../wire/self-signed.ts'
import type { CertifiedKey } from '../wire/tls.ts'
import { acmeCertificate } from './acme-file.ts'
import type { Settings } from './config/schema.ts'

const renewBeforeMs = 30 * 86_400_000

/** @throws Error when the operator's files cannot be read. */
export function certificate(settings: Settings, folder: string): CertifiedKey {
  const { cert, key } = settings.tls
  if (cert !== '') return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  const issued = settings.acme.enabled ? acmeCertificate(folder) : undefined
  if (issued && isGood(issued, settings.server.name, 0)) return issued
  const file = join(folder, 'self-signed.pem')
  const { name, domains } = settings.server
  const kept = existsSync(file) ? split(readFileSync(file, 'utf8')) : undefined
  if (kept && isGood(kept, name, renewBeforeMs)) return kept
  const made = selfSigned([name, ...domains, 'localhost', '127.0.0.1', '::1'])
  writeFileSync(file, made.cert + made.key, { mode: 0o600 })
  return made
}

/** When the operator's files were last written; "" while one of them is not there. */
function stampOf({ tls }: Settings): string {
  try {
    return [tls.cert, tls.key].map((file) => (file ? statSync(file).mtimeMs : 0)).join(' ')
  } catch {
    return ''
  }
}

export interface CertificateWatch {
  readonly settings: () => Settings
  readonly folder: string
  readonly log: Log
  /** Shows it to whoever connects. @throws Error when it does not fit its key. */
  readonly show: (pair: CertifiedKey) => void
}

/** Looks whether there is another certificate, shows it, and says so in the log. */
export class CertificateKeeper {
  readonly #watch: CertificateWatch
  #stamp: string
  #shown: string
  #timer: NodeJS.Timeout

  /** `shown` is in use by now. */
  constructor(watch: CertificateWatch, shown: CertifiedKey) {
    this.#watch = watch
    this.#shown = shown.cert
    this.#stamp = stampOf(watch.settings())
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref()
  }

  /** Reads the files anew. What is wrong with them is logged, and the old one stays. */
  renew(): void {
    const { settings, folder, log, show } = this.#watch
    try {
      const pair = certificate(settings(), folder)
      if (pair.cert === this.#shown) return
      show(pair)
      this.#shown = pair.cert
      log.info('certificate renewed', { until: new X509Certificate(pair.cert).validTo })
    } catch (error) {
      log.error('certificate not renewed: the one before stays', { error })
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const stamp = stampOf(this.#watch.settings())
    const own = this.#watch.settings().tls.cert === ''
    if (!own && (stamp === '' || stamp === this.#stamp)) return
    this.#stamp = stamp
    this.renew()
  }
}

/** Files of a renewed certificate are seen within this time, and that of our own is made anew. */
const lookEveryMs = 60_000

/** The certificates that sign those of clients, in PEM, or "". @throws Error when unreadable. */
export function clientCa({ tls }: Settings): string {
  return tls.client_ca === '' ? '' : readFileSync(tls.client_ca, 'utf8')
}

function split(pem: string): CertifiedKey {
  const at = pem.indexOf('-----BEGIN PRIVATE KEY-----')
  return { cert: pem.slice(0, at), key: pem.slice(at) }
}

function isGood({ cert }: CertifiedKey, name: string, leftMs: number): boolean {
  const certificate = new X509Certificate(cert)
  const good = certificate.validToDate.getTime() > Date.now() + leftMs
  return good && certificate.checkHost(name) !== undefined
}
