// Keeps a certificate from an authority that speaks ACME: when one is due, for which names, and
// what to do when it fails. How it is asked for is the wire's; who shows it is told.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { Log } from '../base/log.ts'
import type { Dns } from '../trust/dns/dns.ts'
import { Acme, AcmeRefusal } from '../wire/acme/acme.ts'
import type { Challenges, ChallengeType } from '../wire/acme/challenges.ts'
import { webOf } from '../wire/acme/web.ts'
import {
  type AcmeState,
  accountKey,
  acmeCertificate,
  certificateKey,
  readAcmeState,
  writeAcmeCertificate,
  writeAcmeState,
} from './acme-file.ts'
import type { Settings } from './config/schema.ts'
import { openDns } from './outside.ts'

export interface AcmePorts {
  readonly settings: () => Settings
  readonly folder: string
  readonly dns: Dns
  readonly log: Log
  readonly challenges: Challenges
  /** There is another certificate. */
  readonly renewed: () => void
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: () => number
  readonly wait?: (ms: number) => Promise<void>
}

const usualDirectory = 'https://acme-v02.api.letsencrypt.org/directory'
const lookEveryMs = 60_000
const hourMs = 3_600_000
const retryMaxMs = 24 * hourMs
const dayMs = 24 * hourMs

export class AcmeKeeper {
  readonly #ports: AcmePorts
  readonly #timer: NodeJS.Timeout
  #work: Promise<void> | undefined
  #closed = false
  /** The same as in the file, which a full disk may not take. */
  #nextAt = 0

  constructor(ports: AcmePorts) {
    this.#ports = ports
    this.#timer = setInterval(() => void this.look(), lookEveryMs).unref()
  }

  /** Gets a certificate if it is time; never rejects. */
  look(): Promise<void> {
    this.#work ??= this.#look().finally(() => {
      this.#work = undefined
    })
    return this.#work
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    // Whoever is waited for is somebody else's server: it may take minutes.
    await Promise.race([this.#work, setTimeout(closeMaxMs, undefined, { ref: false })])
  }

  async #look(): Promise<void> {
    const { settings, folder, log, now } = this.#ports
    const { acme, tls } = settings()
    if (!acme.enabled || tls.cert !== '') return
    const state = readAcmeState(folder)
    try {
      if (now() < Math.max(state.nextAt, this.#nextAt)) return
      const wanted = await namesFor(settings(), this.#ports.dns)
      if (!this.#isDue(wanted)) return
      const names = await this.#order(wanted)
      writeAcmeState(folder, { failures: 0, nextAt: 0, error: '' })
      log.info('certificate issued', { names })
      this.#ports.renewed()
    } catch (error) {
      // What was cut off by our own end says nothing about the authority.
      if (this.#closed) return
      const failures = state.failures + 1
      const pause = this.#pause(failures, error)
      const text = error instanceof Error ? error.message : 'failed'
      this.#nextAt = now() + pause
      keepState(folder, { failures, nextAt: this.#nextAt, error: text.slice(0, 500) }, log)
      const minutes = Math.round(pause / 60_000)
      log.error('no certificate from the authority', { error: text, retryInMinutes: minutes })
    }
  }

  /** An hour, twice as long each time; longer where the authority says so. */
  #pause(failures: number, error: unknown): number {
    const own = Math.min(hourMs * 2 ** Math.min(failures - 1, 10), retryMaxMs)
    const asked = error instanceof AcmeRefusal ? error.retryAfterMs : 0
    return Math.max(own * (0.8 + 0.4 * this.#ports.random()), Math.min(asked, 7 * dayMs))
  }

  /** Whether two thirds of its life are over, or a name is missing in it. */
  #isDue({ must, may }: Names): boolean {
    const { folder, now } = this.#ports
    const kept = acmeCertificate(folder)
    if (!kept) return true
    const leaf = new X509Certificate(kept.cert)
    const lacks = (name: string) => leaf.checkHost(name, { subject: 'never' }) === undefined
    if (must.some(lacks)) return true
    const from = leaf.validFromDate.getTime()
    const life = leaf.validToDate.getTime() - from
    // Not all at once, and the same at each look.
    const spread = (leaf.serialNumber.charCodeAt(4) % 16) / 16
    const dueAt = from + life * (2 / 3) - (life / 30) * spread
    // What the DNS leads here since is worth another one, a day after the last.
    const grown = may.some(lacks) && now() - from > dayMs
    return now() >= dueAt || grown
  }

  /** Those that may be missing are left out when they cannot be proved. */
  async #order({ must, may }: Names): Promise<readonly string[]> {
    const { folder } = this.#ports
    const key = certificateKey(folder)
    const acme = this.#acme()
    let optional = may
    for (;;) {
      const names = [...must, ...optional]
      try {
        writeAcmeCertificate(folder, checked(await acme.certificate(names, key)), key)
        return names
      } catch (error) {
        const about = error instanceof AcmeRefusal ? error.about : ''
        if (!optional.includes(about)) throw error
        this.#ports.log.warn('a name is left out of the certificate', { name: about, error })
        optional = optional.filter((name) => name !== about)
      }
    }
  }

  #acme(): Acme {
    const { settings, folder, challenges, wait } = this.#ports
    const given = settings().acme
    const key = given.external_key_file === '' ? '' : firstLine(given.external_key_file)
    return new Acme({
      web: webOf(given.ca === '' ? '' : readFileSync(given.ca, 'utf8')),
      directory: given.directory || usualDirectory,
      accountKey: accountKey(folder),
      contact: given.contact === '' ? '' : `mailto:${given.contact}`,
      ...(key === '' ? {} : { external: { id: given.external_id, key: bytesOf(key) } }),
      types: typesFor(settings()),
      show: (type, proof) => challenges.show(type, proof),
      wait: wait ?? ((ms) => setTimeout(ms, undefined, { ref: false })),
    })
  }
}

function keepState(folder: string, state: AcmeState, log: Log): void {
  try {
    writeAcmeState(folder, state)
  } catch (error) {
    log.error('the state of the certificate is not kept', { error })
  }
}

const closeMaxMs = 1_000

interface Names {
  readonly must: readonly string[]
  /** As far as the DNS leads them here. */
  readonly may: readonly string[]
}

export async function namesFor({ server, http, acme }: Settings, dns: Dns): Promise<Names> {
  const must = [...new Set([server.name, ...http.names, ...acme.names])].filter((name) =>
    name.includes('.'),
  )
  const candidates = server.domains.flatMap((domain) =>
    ['mta-sts', 'autoconfig', 'autodiscover'].map((service) => `${service}.${domain}`),
  )
  const ours = new Set(await addressesAt(dns, server.name))
  const may: string[] = []
  for (const name of candidates) {
    if (must.includes(name)) continue
    const found = await addressesAt(dns, name)
    if (found.length > 0 && found.every((one) => ours.has(one))) may.push(name)
  }
  return { must, may: may.slice(0, optionalMax) }
}

const optionalMax = 80

async function addressesAt(dns: Dns, name: string): Promise<readonly string[]> {
  const answers = await Promise.all([dns.query(name, 'A'), dns.query(name, 'AAAA')])
  return answers.flatMap((one) => (one.is === 'found' ? one.records : []))
}

function typesFor({ acme, http }: Settings): readonly ChallengeType[] {
  if (acme.challenge !== 'auto') return [acme.challenge]
  const page = http.listen.length > 0 ? (['http-01'] as const) : []
  return http.tls_listen.length > 0 ? [...page, 'tls-alpn-01'] : page
}

/** @throws Error when it is no chain. */
function checked(chain: string): string {
  void new X509Certificate(chain)
  return chain
}

function firstLine(file: string): string {
  return readFileSync(file, 'utf8').split('\n')[0]?.trim() ?? ''
}

function bytesOf(base64url: string): Buffer {
  return Buffer.from(base64url, 'base64url')
}

export interface OpenAcmePorts {
  readonly live: { readonly current: Settings }
  readonly folder: string
  readonly log: Log
  readonly challenges: Challenges
  /** The settings' own resolver without it. */
  readonly dns: Dns | undefined
  readonly renewed: () => void
}

/** Begins to look after the certificate; undefined where the settings want none. */
export function openAcme({ live, ...ports }: OpenAcmePorts): AcmeKeeper | undefined {
  if (!live.current.acme.enabled) return undefined
  const settings = () => live.current
  const dns = ports.dns ?? openDns(live.current)
  const keeper = new AcmeKeeper({ ...ports, settings, dns, now: Date.now, random: Math.random })
  void keeper.look()
  return keeper
}
