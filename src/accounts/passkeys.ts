// Passkeys: keys on people's devices that let them in without a password. What is to be signed is
// told for five minutes and taken once; it carries its own proof, so that whatever process made it,
// every other knows it.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { Cache } from '../base/cache.ts'
import { Refused } from '../base/refused.ts'
import type { Engine } from '../store/engine.ts'
import type { AccountRow } from './account-jobs.ts'
import {
  addPasskey,
  findPasskey,
  listFactors,
  removePasskey,
  usePasskey,
} from './two-factor-jobs.ts'
import {
  type Assertion,
  asserted,
  type Expected,
  type Registration,
  registered,
} from './web-authn.ts'

export interface Passkey {
  readonly id: string
  readonly label: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** 0: never. */
  readonly usedAt: number
}

export interface PasskeyPorts {
  readonly engine: Engine
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly secret: () => Promise<Uint8Array>
}

/** Where the page is that asks. */
export type Origin = Pick<Expected, 'origin' | 'rpId'>

const goodMs = 300_000
const labelMaxLength = 100
const takenMax = 100_000

export class Passkeys {
  readonly #ports: PasskeyPorts
  readonly #taken = new Cache<true>(takenMax)

  constructor(ports: PasskeyPorts) {
    this.#ports = ports
  }

  async list(account: string): Promise<readonly Passkey[]> {
    const rows = await this.#ports.engine.run(listFactors, account)
    return rows
      .filter(({ kind }) => kind === 'passkey')
      .map(({ id, label, created_at: createdAt, used_at: usedAt }) => ({
        ...{ id, label, createdAt, usedAt },
      }))
  }

  /** `account` is "" for a login of somebody who is not known yet. */
  async challenge(account: string): Promise<string> {
    const plain = Buffer.concat([randomBytes(16), timeBytes(this.#ports.now() + goodMs)])
    return Buffer.concat([plain, await this.#proof(plain, account)]).toString('base64url')
  }

  /** @throws Refused 'wrong-credentials', 'bad-value', 'too-many', 'exists' */
  async add(
    account: string,
    label: string,
    given: Registration & Origin & { readonly challenge: string },
  ): Promise<string> {
    if (label.trim() === '' || label.length > labelMaxLength || /\p{Cc}/u.test(label))
      throw new Refused('bad-value', `a label has 1 to ${labelMaxLength} characters`)
    const made = (await this.#take(given.challenge, account)) ? registered(given, given) : undefined
    if (!made) throw new Refused('wrong-credentials', 'that passkey')
    const times = { created_at: this.#ports.now(), used_at: 0 }
    await this.#ports.engine.run(addPasskey, {
      ...{ account, id: made.id, kind: 'passkey', secret: JSON.stringify(made.key) },
      ...{ label, counter: made.counter, ...times },
    })
    return made.id
  }

  /** Whose passkey signed it, where that account may log in. */
  async prove(
    id: string,
    given: Assertion & Origin & { readonly challenge: string },
  ): Promise<AccountRow | undefined> {
    if (!/^[\w-]{1,250}$/.test(id) || !(await this.#take(given.challenge, ''))) return undefined
    const { engine, now } = this.#ports
    const found = await engine.run(findPasskey, id)
    if (!found) return undefined
    const key = JSON.parse(found.factor.secret) as Parameters<typeof asserted>[1]
    const counter = asserted(given, key, given)
    if (counter === undefined) return undefined
    // WebAuthn §7.2: one that counts backwards may be a copy. Most passkeys do not count.
    const used = await engine.run(usePasskey, { id, counter, at: now() })
    return used ? found.row : undefined
  }

  /** @throws Refused 'not-found' */
  async remove(account: string, id: string): Promise<void> {
    await this.#ports.engine.run(removePasskey, { account, id })
  }

  /** A challenge of ours, in its time, and not taken before. */
  async #take(challenge: string, account: string): Promise<boolean> {
    const bytes = Buffer.from(challenge, 'base64url')
    if (bytes.length !== 38) return false
    const plain = bytes.subarray(0, 22)
    const good = timingSafeEqual(bytes.subarray(22), await this.#proof(plain, account))
    if (!good || plain.readUIntBE(16, 6) < this.#ports.now()) return false
    const key = plain.toString('base64url')
    if (this.#taken.get(key)) return false
    this.#taken.set(key, true, this.#taken.epoch)
    return true
  }

  async #proof(plain: Buffer, account: string): Promise<Buffer> {
    const hmac = createHmac('sha256', await this.#ports.secret())
    return hmac.update(plain).update(`passkey ${account}`).digest().subarray(0, 16)
  }
}

function timeBytes(ms: number): Buffer {
  const bytes = Buffer.alloc(6)
  bytes.writeUIntBE(ms, 0, 6)
  return bytes
}
