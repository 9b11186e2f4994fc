// A second proof beside the password, for browsers: codes of a generator (RFC 6238), and recovery
// codes for the day it is lost. Where it is on, other programs need app passwords.
import { createHash, randomBytes } from 'node:crypto'
import type { Ids } from '../base/ids.ts'
import { Refused } from '../base/refused.ts'
import type { Engine } from '../store/engine.ts'
import { base32, bytesOfBase32, stepOf } from './totp.ts'
import { type FactorRow, listFactors, putFactors, useRecovery, useStep } from './two-factor-jobs.ts'

export interface TwoFactorPorts {
  readonly engine: Engine
  readonly ids: Ids
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** What was known of logins is so no longer. */
  readonly changed: () => void
}

export interface TwoFactorState {
  readonly on: boolean
  readonly recoveryCodesLeft: number
  /** When a code was last used, in milliseconds since 1970; 0: never. */
  readonly usedAt: number
}

export type FactorUsed = 'totp' | 'recovery'

const secretBytes = 20
const recoveryCodes = 10
/** As app passwords have them: nothing that looks like something else. */
const letters = 'abcdefghijkmnpqrstuvwxyz23456789'

export class TwoFactor {
  readonly #ports: TwoFactorPorts

  constructor(ports: TwoFactorPorts) {
    this.#ports = ports
  }

  async state(account: string): Promise<TwoFactorState> {
    const rows = await this.#ports.engine.run(listFactors, account)
    const generator = rows.find(({ kind }) => kind === 'totp')
    return {
      on: generator !== undefined,
      recoveryCodesLeft: rows.filter(({ kind }) => kind === 'recovery').length,
      usedAt: generator?.used_at ?? 0,
    }
  }

  /** A new secret, in base32: it counts once a code of it was told. @throws Refused 'exists' */
  async begin(account: string): Promise<string> {
    if ((await this.state(account)).on) throw new Refused('exists', 'two-factor is on')
    const secret = base32(randomBytes(secretBytes))
    const rows = [this.#row(account, 'pending', secret)]
    await this.#ports.engine.run(putFactors, { account, instead: ['pending'], rows })
    return secret
  }

  /** Turns it on; the recovery codes, told this once. @throws Refused 'wrong-credentials' */
  async enable(account: string, code: string): Promise<readonly string[]> {
    const { engine, now, changed } = this.#ports
    const rows = await engine.run(listFactors, account)
    const pending = rows.find(({ kind }) => kind === 'pending')
    const step = pending && stepOf(bytesOfBase32(pending.secret), digitsOf(code), now())
    if (!pending || step === undefined) throw new Refused('wrong-credentials', 'that code')
    const codes = newCodes()
    const generator = { ...this.#row(account, 'totp', pending.secret), counter: step }
    await engine.run(putFactors, {
      ...{ account, instead: ['pending', 'totp', 'recovery'], on: true },
      rows: [generator, ...this.#recoveryRows(account, codes)],
    })
    changed()
    return codes
  }

  /** New recovery codes in place of those before. @throws Refused 'not-found' where it is off */
  async renewCodes(account: string): Promise<readonly string[]> {
    if (!(await this.state(account)).on) throw new Refused('not-found', 'second factor')
    const codes = newCodes()
    const rows = this.#recoveryRows(account, codes)
    await this.#ports.engine.run(putFactors, { account, instead: ['recovery'], rows })
    return codes
  }

  /** What of a person's is of a second factor goes. */
  async disable(account: string): Promise<void> {
    const instead = ['pending', 'totp', 'recovery'] as const
    await this.#ports.engine.run(putFactors, { account, instead, rows: [], on: false })
    this.#ports.changed()
  }

  /** Takes a code, which is good for once; as what, or undefined. */
  async use(account: string, code: string): Promise<FactorUsed | undefined> {
    const { engine, now } = this.#ports
    const at = now()
    const digits = digitsOf(code)
    if (/^\d{6}$/.test(digits)) {
      const rows = await engine.run(listFactors, account)
      const generator = rows.find(({ kind }) => kind === 'totp')
      const step = generator && stepOf(bytesOfBase32(generator.secret), digits, at)
      if (!generator || step === undefined) return undefined
      const used = await engine.run(useStep, { account, id: generator.id, step, at })
      return used ? 'totp' : undefined
    }
    const secret = hashOf(code)
    return (await engine.run(useRecovery, { account, secret })) ? 'recovery' : undefined
  }

  #recoveryRows(account: string, codes: readonly string[]): FactorRow[] {
    return codes.map((code) => this.#row(account, 'recovery', hashOf(code)))
  }

  #row(account: string, kind: FactorRow['kind'], secret: string): FactorRow {
    const { ids, now } = this.#ports
    const times = { created_at: now(), used_at: 0 }
    return { account, id: ids.next(), kind, secret, label: '', counter: 0, ...times }
  }
}

/** People write codes in groups. */
function digitsOf(code: string): string {
  return code.replaceAll(/[\s-]/g, '')
}

/** Of a code as people write it: 50 random bits need no slow hash where guesses are slow. */
function hashOf(code: string): string {
  const plain = code.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  return createHash('sha256').update(plain).digest('hex')
}

function newCodes(): string[] {
  return Array.from({ length: recoveryCodes }, () => {
    const text = [...randomBytes(10)].map((byte) => letters[byte & 31]).join('')
    return `${text.slice(0, 5)}-${text.slice(5)}`
  })
}
