// The keys of our domains: made in pairs, published by their owner, used once their records are
// found, and replaced by others. Knows no message.
import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { Cache } from '../../base/cache.ts'
import { Refused } from '../../base/refused.ts'
import type { Engine } from '../../store/engine.ts'
import { organisation } from '../dmarc/dmarc.ts'
import type { Dns } from '../dns/dns.ts'
import { readTags, unspaced } from '../tags.ts'
import { addKeys, type KeyRow, listKeys, useKeys } from './key-jobs.ts'
import type { SigningKey } from './sign.ts'

export interface KeyInfo {
  readonly selector: string
  readonly algorithm: string
  readonly state: KeyRow['state']
  /** Milliseconds since 1970. */
  readonly madeAt: number
  /** Where its record belongs, and what it says; a retired key's may go. */
  readonly name: string
  readonly record: string
  readonly published: 'yes' | 'no' | 'other' | 'unknown'
}

export interface KeyBookPorts {
  readonly engine: Engine
  readonly dns: Dns
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const generate = promisify(generateKeyPair)
const domainsMax = 1_000
/** Another process may have changed them. */
const rememberedMs = 60_000

interface Remembered {
  readonly until: number
  readonly keys: readonly SigningKey[]
}

export class KeyBook {
  readonly #ports: KeyBookPorts
  readonly #remembered = new Cache<Remembered>(domainsMax)
  readonly #looking = new Set<string>()

  constructor(ports: KeyBookPorts) {
    this.#ports = ports
  }

  /** All keys of a domain, newest first, and whether the world can find them. */
  async show(domain: string): Promise<readonly KeyInfo[]> {
    const rows = await this.#ports.engine.run(listKeys, domain)
    return await Promise.all(
      rows.map(async (row) => ({
        selector: row.selector,
        algorithm: row.algorithm,
        state: row.state,
        madeAt: row.made_at,
        name: nameOf(row),
        record: recordOf(row),
        published: await this.#published(row),
      })),
    )
  }

  /** Makes a pair that waits for its records; the one in use stays so until they are found. */
  async rotate(domain: string): Promise<readonly KeyInfo[]> {
    const { engine, now } = this.#ports
    const at = now()
    const taken = new Set((await engine.run(listKeys, domain)).map(({ selector }) => selector))
    const stem = selectorStem(at, taken)
    const [rsa, ed25519] = await Promise.all([
      generate('rsa', { modulusLength: 2048 }),
      generate('ed25519'),
    ])
    const common = { domain, state: 'waiting', made_at: at } as const
    await engine.run(addKeys, [
      {
        ...{ ...common, selector: `${stem}r`, algorithm: 'rsa-sha256' },
        private_key: pemOf(rsa.privateKey),
        public_key: rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      },
      {
        ...{ ...common, selector: `${stem}e`, algorithm: 'ed25519-sha256' },
        private_key: pemOf(ed25519.privateKey),
        // RFC 8463 §4.2: the key alone, without what says what it is.
        public_key: bareOf(ed25519.publicKey),
      },
    ])
    this.#remembered.clear()
    return await this.show(domain)
  }

  /**
   * Signs with the waiting pair from now on.
   * @throws Refused 'not-found' when none waits; 'bad-value' when the world cannot find it yet and
   * `unseen` does not say that this is right
   */
  async use(domain: string, unseen = false): Promise<readonly KeyInfo[]> {
    const { engine } = this.#ports
    const waiting = (await engine.run(listKeys, domain)).filter(({ state }) => state === 'waiting')
    if (waiting.length === 0) throw new Refused('not-found', `no key of ${domain} waits`)
    for (const row of waiting) {
      if (unseen || (await this.#published(row)) === 'yes') continue
      throw new Refused('bad-value', `${nameOf(row)} is not published yet`)
    }
    await engine.run(useKeys, domain)
    this.#remembered.clear()
    return await this.show(domain)
  }

  /** The keys that sign for a domain: its own, or those of a domain above it that is ours. */
  async keysFor(domain: string): Promise<readonly SigningKey[]> {
    const top = organisation(domain)
    for (let at = domain; at !== ''; at = at === top ? '' : at.slice(at.indexOf('.') + 1)) {
      const keys = await this.#keys(at)
      if (keys.length > 0) return keys
    }
    return []
  }

  async #keys(domain: string): Promise<readonly SigningKey[]> {
    const known = this.#remembered.get(domain)
    const now = this.#ports.now()
    if (known && now < known.until) return known.keys
    const { epoch } = this.#remembered
    const rows = await this.#ports.engine.run(listKeys, domain)
    const keys = rows
      .filter(({ state }) => state === 'active')
      .map(({ selector, algorithm, private_key: pem }) => {
        return { domain, selector, algorithm, key: createPrivateKey(pem) }
      })
    this.#remembered.set(domain, { until: now + rememberedMs, keys }, epoch)
    if (rows.some(({ state }) => state === 'waiting')) void this.#look(domain)
    return keys
  }

  /** Uses what waits as soon as it is published. Nobody waits for it, and it never rejects. */
  async #look(domain: string): Promise<void> {
    if (this.#looking.has(domain)) return
    this.#looking.add(domain)
    // It is tried again in a minute, and said by `show`.
    await this.use(domain).catch(() => undefined)
    this.#looking.delete(domain)
  }

  async #published(row: KeyRow): Promise<KeyInfo['published']> {
    const answer = await this.#ports.dns.query(nameOf(row), 'TXT')
    if (answer.is === 'failed') return 'unknown'
    if (answer.is !== 'found') return 'no'
    const keys = answer.records.map((text) => unspaced(readTags(text)?.get('p') ?? ''))
    return keys.includes(row.public_key) ? 'yes' : 'other'
  }
}

function nameOf({ selector, domain }: KeyRow): string {
  return `${selector}._domainkey.${domain}`
}

function recordOf({ algorithm, public_key: key }: KeyRow): string {
  return `v=DKIM1; k=${algorithm === 'rsa-sha256' ? 'rsa' : 'ed25519'}; p=${key}`
}

/** "20261129", or with a letter where that day has one already. */
function selectorStem(at: number, taken: ReadonlySet<string>): string {
  const day = new Date(at).toISOString().slice(0, 10).replaceAll('-', '')
  const letters = ['', ...'abcdefghijklmnopqstuvwxyz']
  const letter = letters.find((one) => !taken.has(`${day}${one}r`))
  if (letter === undefined) throw new Refused('too-many', 'no more keys today')
  return day + letter
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function bareOf(key: KeyObject): string {
  const { x = '' } = key.export({ format: 'jwk' })
  return Buffer.from(x, 'base64url').toString('base64')
}
