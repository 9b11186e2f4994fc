// VRFY, EXPN and ETRN: RFC 5321 §3.5, RFC 1985. Who may learn names is policy; strangers never do.
import type { Client } from '../../../delivery/types.ts'
import { type Address, formatAddress } from '../../../message/address.ts'
import { parsePath } from '../../../message/path.ts'
import { Syntax } from '../../../wire/protocol.ts'
import { anything } from '../grammar.ts'
import { refusals, replies, type SmtpReply } from '../replies.ts'
import { anytime, type Phase, type SmtpOptions, word } from '../session.ts'

export const vrfy = word({
  name: 'VRFY',
  when: anytime,
  parse: named,
  run: async (phase, address, { options, delivery }) => {
    const client = member(phase, options)
    if (!client) return { reply: replies.vrfy, worth: 'idle' }
    const verdict = await delivery.recipient(client, address)
    if (verdict.is !== 'accepted')
      return {
        reply: verdict.is === 'no-route' ? replies.vrfy : refusals[verdict.is],
        worth: 'idle',
      }
    const { address: whole, place } = verdict.recipient
    // RFC 5321 §3.5.3: 250 says that it was verified, which no other domain's address is here.
    const reply = place.kind === 'sink' ? replies.vrfy : verified([formatAddress(whole)])
    return { reply, worth: 'idle' }
  },
})

export const expn = word({
  name: 'EXPN',
  when: anytime,
  parse: named,
  run: async (phase, address, { options, delivery }) => {
    if (!member(phase, options)) return { reply: replies.expn, worth: 'idle' }
    const members = await delivery.members(address)
    const reply = members.length === 0 ? refusals['unknown-user'] : verified(members)
    return { reply, worth: 'idle' }
  },
})

/** RFC 1985 §5.2: no mail waits here for nodes that come to fetch it. */
export const etrn = word({
  name: 'ETRN',
  when: anytime,
  parse: anything,
  run: () => ({ reply: replies.etrn, worth: 'idle' }),
})

function verified(addresses: readonly string[]): SmtpReply {
  return { code: 250, status: '2.1.5', text: addresses.map((address) => `<${address}>`) }
}

/** RFC 5321 §4.1.1.6: a name or an address; a "SMTPUTF8" behind it is RFC 6531 §3.7.4.2. */
function named(rest: string): Address {
  const path = parsePath(rest, { lenient: true, smtpUtf8: true })
  const known = 'params' in path && [...path.params.keys()].every((name) => name === 'SMTPUTF8')
  if (!known || path.address === null) throw new Syntax('Expected a name or an address')
  return path.address
}

function member(phase: Phase, { verify }: SmtpOptions): Client | undefined {
  if (phase.in === 'connected' || verify === 'nobody') return undefined
  return phase.client.login === '' ? undefined : phase.client
}
