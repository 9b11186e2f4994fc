// The books of protocols by which people read their mail: what each session comes to in counters
// and access log. Knows replies by their first words only.
import type { Login, Where } from '../accounts/logins.ts'
import type { Access } from '../base/access.ts'
import type { Tally } from '../base/tally.ts'
import type { Connection } from '../wire/connection.ts'
import type { SessionSums, Witness } from '../wire/witness.ts'

interface Ports {
  readonly access: Access
  readonly tally: Tally
  readonly protocol: string
  /** Why a reply refuses, in one of few words; undefined where it does not. */
  readonly reasonOf: (reply: unknown) => string | undefined
}

type LoginPort = (name: string, password: string, where: Where) => Promise<Login | undefined>

/** Who has logged in, by session, for all ports of a protocol. */
export class Readers {
  readonly #accounts = new Map<string, string>()

  /** The same login, with an eye on who it was. */
  watched(login: LoginPort): LoginPort {
    return async (name, password, where) => {
      const who = await login(name, password, where)
      if (who) this.#accounts.set(where.session, who.address)
      return who
    }
  }

  witness(connection: Connection, ports: Ports): Witness<unknown, unknown> {
    const { access, tally, protocol, reasonOf } = ports
    let refusals = 0
    return {
      turn: (_spoken, _before, { reply }, ms) => {
        tally.commandMs.observe(ms)
        const reason = reply === undefined ? undefined : reasonOf(reply)
        if (reason === undefined) return
        refusals++
        tally.refused(reason)
      },
      ended: (_phase, sums: SessionSums) => {
        const { id: session, address, port, tls, bytesIn, bytesOut } = connection
        const account = this.#accounts.get(session) ?? ''
        this.#accounts.delete(session)
        const speaker = { session, protocol, address, port, tls, hello: '', account }
        access.session({ speaker, ...sums, refusals, bytesIn, bytesOut })
      },
    }
  }
}

/** "no-nonexistent" of `NO [NONEXISTENT]`, "bad" of `BAD`. RFC 5530 §3. */
export function imapReason(reply: unknown): string | undefined {
  const { is = 'OK', code = '' } = reply as { is?: string; code?: string }
  if (is !== 'NO' && is !== 'BAD') return undefined
  return [is, code.split(' ')[0]].filter(Boolean).join('-').toLowerCase()
}

/** "in-use" of `-ERR [IN-USE]`, "err" without a code. RFC 2449 §8. */
export function pop3Reason(reply: unknown): string | undefined {
  const [, code] = /^-ERR(?: \[([A-Z/-]{1,20})\])?/.exec(String(reply)) ?? [undefined, undefined]
  if (!String(reply).startsWith('-ERR')) return undefined
  return code?.toLowerCase() ?? 'err'
}
