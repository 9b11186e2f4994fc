// Gateway tokens: who may send without being a person, as whom, to whom and how often.
import { createHash, randomBytes } from 'node:crypto'
import { Cache } from '../base/cache.ts'
import type { Ids } from '../base/ids.ts'
import { Refused } from '../base/refused.ts'
import type { Engine } from '../store/engine.ts'
import { addToken, findToken, listTokens, removeToken, type TokenRow } from './token-jobs.ts'

export interface TokenRules {
  readonly name: string
  /** Patterns as "*@example.com"; an empty list binds to nothing. */
  readonly senders: readonly string[]
  readonly recipients: readonly string[]
  /** Messages a minute; 0 is unlimited. */
  readonly perMinute: number
}

export interface Token extends TokenRules {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

const secretBytes = 32
const secretMaxLength = 200
const patternsMax = 100

export class Tokens {
  readonly #engine: Engine
  readonly #ids: Ids
  readonly #known = new Cache<Token>(1_000)

  constructor(engine: Engine, ids: Ids) {
    this.#engine = engine
    this.#ids = ids
  }

  /** Makes a token. Its secret is told this once. @throws Refused 'bad-value' */
  async add(rules: TokenRules): Promise<{ id: string; secret: string }> {
    const { name, senders, recipients, perMinute } = rules
    const longest = Math.max(senders.length, recipients.length)
    if (name === '' || name.length > 100 || longest > patternsMax) {
      throw new Refused('bad-value', 'a token has a name and at most 100 patterns of each kind')
    }
    if (!Number.isSafeInteger(perMinute) || perMinute < 0) {
      throw new Refused('bad-value', 'perMinute is a whole number, 0 for no limit')
    }
    const secret = randomBytes(secretBytes).toString('base64url')
    const id = this.#ids.next()
    await this.#engine.run(addToken, {
      id,
      hash: hashOf(secret),
      name,
      senders: JSON.stringify(senders),
      recipients: JSON.stringify(recipients),
      per_minute: perMinute,
      created_at: Date.now(),
    })
    return { id, secret }
  }

  /** The token whose secret this is. */
  async find(secret: string): Promise<Token | undefined> {
    if (secret === '' || secret.length > secretMaxLength) return undefined
    const hash = hashOf(secret)
    const known = this.#known.get(hash)
    if (known) return known
    const epoch = this.#known.epoch
    const row = await this.#engine.run(findToken, hash)
    if (!row) return undefined
    const token = tokenOf(row)
    this.#known.set(hash, token, epoch)
    return token
  }

  async list(): Promise<readonly Token[]> {
    return (await this.#engine.run(listTokens, undefined)).map(tokenOf)
  }

  /** @throws Refused 'not-found' */
  async remove(id: string): Promise<void> {
    try {
      await this.#engine.run(removeToken, id)
    } finally {
      this.#known.clear()
    }
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function tokenOf(row: TokenRow): Token {
  return {
    id: row.id,
    name: row.name,
    senders: JSON.parse(row.senders),
    recipients: JSON.parse(row.recipients),
    perMinute: row.per_minute,
    createdAt: row.created_at,
  }
}
