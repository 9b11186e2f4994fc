// MAIL: RFC 5321 §4.1.1.2, and what extensions let it ask for.
import { Refused } from '../../../base/refused.ts'
import type { Asked, Client } from '../../../delivery/types.ts'
import { anything, pathAfter } from '../grammar.ts'
import { mailParameters, type Offer } from '../parameters.ts'
import { refusals, replies } from '../replies.ts'
import { isOffered, unlessObjected, word } from '../session.ts'

export const mail = word({
  name: 'MAIL',
  when: ['ready'],
  parse: anything,
  run: async (phase, rest, ports, { connection }) => {
    const { options, delivery, ids } = ports
    const path = pathAfter('FROM', options, rest)
    if ('code' in path) return { reply: path, blame: true }
    const { address, params } = path
    const offered = (offer: Offer) => isOffered(options, connection, offer)
    const parameters = mailParameters(params, offered, Date.now())
    if ('code' in parameters) return { reply: parameters, blame: true }
    const { sizeBytes = 0, smtpUtf8 } = parameters
    if (options.face === 'submission' && phase.client.login === '') throw new Refused('needs-login')
    if (sizeBytes > options.sizeMaxBytes) return { reply: refusals['too-big'] }
    if (address?.domain === '') return { reply: replies.senderNeedsDomain, blame: true }
    const verdict = await delivery.sender(phase.client, address)
    if (verdict.is !== 'accepted') return { reply: refusals[verdict.is], blame: true }
    const asked = allowed(parameters.asked, phase.client)
    const began = performance.now()
    const mail = {
      id: ids.next(),
      from: address,
      recipients: [],
      refused: 0,
      began,
      smtpUtf8,
      asked,
    }
    const lowered = asked.priority !== parameters.asked.priority
    const reply = lowered ? replies.priorityLowered : replies.senderOk
    const { client } = phase
    const event = { at: 'mail', client, id: mail.id, from: address } as const
    return unlessObjected(ports, event, () => ({ reply, phase: { ...phase, in: 'mail', mail } }))
  },
})

/** RFC 6710 §4.1: from strangers no priority is taken that is above others'. */
function allowed(asked: Asked, { login, trusted }: Client): Asked {
  const { priority = 0 } = asked
  return priority > 0 && login === '' && !trusted ? { ...asked, priority: 0 } : asked
}
