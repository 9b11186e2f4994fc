// Passwords for one program each: made by us, told once, revocable without touching the others.
import { randomBytes } from 'node:crypto'
import type { Ids } from '../base/ids.ts'
import { Refused } from '../base/refused.ts'
import type { Engine } from '../store/engine.ts'
import {
  type AppPasswordRow,
  addAppPassword,
  listAppPasswords,
  removeAppPassword,
} from './credential-jobs.ts'
import { hashOfAppPassword } from './logins.ts'

export interface AppPassword {
  readonly id: string
  readonly label: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** To the minute; 0: never. */
  readonly usedAt: number
}

export interface AppPasswordPorts {
  readonly engine: Engine
  readonly ids: Ids
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** SCRAM keys for a password of the account of this address, or "". */
  readonly scramKeys: (address: string, password: string) => Promise<string>
  /** An account of this address. @throws Refused 'not-found' */
  readonly account: (address: string) => Promise<{ readonly id: string; readonly address: string }>
  /** What was known of the passwords of this address is so no longer. */
  readonly changed: (address: string) => void
}

const labelMaxLength = 100
/** Nothing that looks like something else; 32 of them, so that no letter is likelier. */
const letters = 'abcdefghijkmnpqrstuvwxyz23456789'

export class AppPasswords {
  readonly #ports: AppPasswordPorts

  constructor(ports: AppPasswordPorts) {
    this.#ports = ports
  }

  /** Makes one, and tells it this once. @throws Refused 'not-found' | 'bad-value' | 'too-many' */
  async add(address: string, label: string): Promise<{ id: string; password: string }> {
    if (label.trim() === '' || label.length > labelMaxLength || /\p{Cc}/u.test(label))
      throw new Refused('bad-value', `a label has 1 to ${labelMaxLength} characters`)
    const { engine, ids, now } = this.#ports
    const account = await this.#ports.account(address)
    const password = newPassword()
    const row: AppPasswordRow = {
      id: ids.next(),
      account: account.id,
      hash: hashOfAppPassword(password),
      scram: await this.#ports.scramKeys(account.address, password),
      label,
      created_at: now(),
      used_at: 0,
    }
    await engine.run(addAppPassword, row)
    return { id: row.id, password }
  }

  /** Oldest first. @throws Refused 'not-found' */
  async list(address: string): Promise<readonly AppPassword[]> {
    const { id } = await this.#ports.account(address)
    const rows = await this.#ports.engine.run(listAppPasswords, id)
    return rows.map(({ id, label, created_at: createdAt, used_at: usedAt }) => ({
      ...{ id, label, createdAt, usedAt },
    }))
  }

  /** No login with it succeeds any more. @throws Refused 'not-found' */
  async remove(address: string, id: string): Promise<void> {
    const { engine, changed } = this.#ports
    const account = await this.#ports.account(address)
    try {
      await engine.run(removeAppPassword, { account: account.id, id })
    } finally {
      changed(account.address)
    }
  }
}

/** 100 random bits: "abcde-fghij-kmnpq-rstuv". */
function newPassword(): string {
  const text = [...randomBytes(20)].map((byte) => letters[byte & 31]).join('')
  return text.replace(/.{5}(?=.)/g, '$&-')
}
