// The books of protocols by which people read their mail: what each session comes to in counters
// and access log. Knows replies by their first words, and of phases only who is there.
import type { Access } from '../base/access.ts'
import type { Tally } from '../base/tally.ts'
import type { Connection } from '../wire/connection.ts'
import type { SessionSums, Witness } from '../wire/witness.ts'

interface Ports<Phase> {
  readonly access: Access
  readonly tally: Tally
  readonly protocol: string
  /** Why a reply refuses, in one of few words; undefined where it does not. */
  readonly reasonOf: (reply: unknown) => string | undefined
  /** The address of who has logged in, or "". */
  readonly accountOf: (phase: Phase) => string
}

export function readerWitness<Phase>(
  connection: Connection,
  { access, tally, protocol, reasonOf, accountOf }: Ports<Phase>,
): Witness<Phase, unknown> {
  let refusals = 0
  let account = ''
  return {
    turn: (_spoken, _before, { reply, phase }, ms) => {
      tally.commandMs.observe(ms)
      // Whoever logs out within a session has been there nevertheless.
      if (phase) account = accountOf(phase) || account
      const reason = reply === undefined ? undefined : reasonOf(reply)
      if (reason === undefined) return
      refusals++
      tally.refused(reason)
    },
    ended: (_phase, sums: SessionSums) => {
      const { id: session, address, port, tls, bytesIn, bytesOut } = connection
      const speaker = { session, protocol, address, port, tls, hello: '', account }
      access.session({ speaker, ...sums, refusals, bytesIn, bytesOut })
    },
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

/** "quota/maxsize" of `NO (QUOTA/MAXSIZE)`, "no" without a code. RFC 5804 §1.3. */
export function sieveReason(reply: unknown): string | undefined {
  const found = /^(NO|BYE)(?: \(([A-Z/-]{1,20})\))?/.exec(String(reply))
  return (found?.[2] ?? found?.[1])?.toLowerCase()
}
