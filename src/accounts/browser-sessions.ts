// People in browsers: a session is a secret in a cookie, told once and kept as its hash. It lasts
// until it is ended, its account's password changes, or nobody has used it for a month.
import { createHash, randomBytes } from 'node:crypto'
import { Cache } from '../base/cache.ts'
import type { Ids } from '../base/ids.ts'
import { Refused } from '../base/refused.ts'
import type { Engine } from '../store/engine.ts'
import { alone, type Notifier } from '../store/notifier.ts'
import {
  addSession,
  findSession,
  listSessions,
  removeSessions,
  touchSession,
} from './browser-session-jobs.ts'
import { type Login, loginOf } from './logins.ts'

export interface BrowserSession {
  readonly id: string
  readonly createdAt: number
  /** To the minute. */
  readonly usedAt: number
  readonly client: string
  readonly agent: string
}

export interface SessionLogin {
  readonly session: string
  readonly login: Login
}

interface Ports {
  readonly engine: Engine
  readonly notifier?: Notifier | undefined
  readonly ids: Ids
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const channel = 'sessions'
const rememberMs = 60_000
export const sessionIdleMs = 30 * 86_400_000

export class BrowserSessions {
  readonly #ports: Ports
  readonly #known = new Cache<SessionLogin & { readonly until: number }>(10_000)

  constructor(ports: Ports) {
    this.#ports = ports
    ports.notifier?.listen(channel, () => this.#known.clear())
  }

  /** Opens one; its secret is told this once. */
  async open(
    login: Login,
    { client, agent }: { readonly client: string; readonly agent: string },
  ): Promise<{ id: string; secret: string }> {
    const { engine, ids, now } = this.#ports
    const secret = randomBytes(32).toString('base64url')
    const at = now()
    const id = ids.next()
    await engine.run(addSession, {
      ...{ id, account: login.account, hash: hashOf(secret), created_at: at, used_at: at },
      ...{ client, agent: agent.slice(0, 300).toWellFormed() },
    })
    return { id, secret }
  }

  async find(secret: string): Promise<SessionLogin | undefined> {
    if (!/^[\w-]{20,100}$/.test(secret)) return undefined
    const { engine, now } = this.#ports
    const hash = hashOf(secret)
    const known = this.#known.get(hash)
    const at = now()
    if (known && known.until > at) return known
    const { epoch } = this.#known
    const found = await engine.run(findSession, hash)
    if (!found || at - found.session.used_at > sessionIdleMs) return undefined
    if (at - found.session.used_at >= rememberMs)
      await engine.run(touchSession, { id: found.session.id, at })
    const { row, session } = found
    const kept = { session: session.id, login: loginOf({ row }), until: at + rememberMs }
    this.#known.set(hash, kept, epoch)
    return kept
  }

  /** The last used first. */
  async list(account: string): Promise<readonly BrowserSession[]> {
    const rows = await this.#ports.engine.run(listSessions, account)
    return rows.map(({ id, created_at: createdAt, used_at: usedAt, client, agent }) => ({
      ...{ id, createdAt, usedAt, client, agent },
    }))
  }

  /** @throws Refused 'not-found' */
  async end(account: string, id: string): Promise<void> {
    const gone = await this.#removed({ account, id })
    if (gone === 0) throw new Refused('not-found', `session ${id}`)
  }

  /** Ends all of an account, but `except`. */
  async endAll(account: string, except = ''): Promise<void> {
    await this.#removed({ account, except })
  }

  /** Something about accounts changed: nothing known from before is believed. */
  forget(): void {
    this.#known.clear()
  }

  async #removed(args: { account: string; id?: string; except?: string }): Promise<number> {
    try {
      return await this.#ports.engine.run(removeSessions, args)
    } finally {
      this.#known.clear()
      const { notifier = alone } = this.#ports
      notifier.publish(channel, '')
    }
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
