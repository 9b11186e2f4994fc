// RCPT: RFC 5321 §4.1.1.3. One refused recipient leaves the others and the transaction as they are.
import type { RecipientVerdict } from '../../../delivery/types.ts'
import { anything, pathAfter } from '../grammar.ts'
import { rcptParameters } from '../parameters.ts'
import { refusals, replies, type SmtpReply } from '../replies.ts'
import { isOffered, unlessObjected, word } from '../session.ts'

export const rcpt = word({
  name: 'RCPT',
  when: ['mail'],
  parse: anything,
  run: async (phase, rest, ports, { connection }) => {
    const { options, delivery } = ports
    const { mail } = phase
    const path = pathAfter('TO', { lenient: options.lenient, smtpUtf8: mail.smtpUtf8 }, rest)
    if ('code' in path) return { reply: path, blame: true }
    const { address, params } = path
    const parameters = rcptParameters(params, (offer) => isOffered(options, connection, offer))
    if ('code' in parameters) return { reply: parameters, blame: true }
    // RFC 5321 §4.1.1.3: the null path is for senders only.
    if (address === null) return { reply: refusals['bad-address'], blame: true }
    if (mail.recipients.length >= options.recipientsMax)
      return { reply: refusals['too-many-recipients'] }
    const verdict = await delivery.recipient(phase.client, address)
    const refused = { ...phase, mail: { ...mail, refused: mail.refused + 1 } }
    if (verdict.is !== 'accepted') {
      return { reply: refusal(verdict.is), phase: refused, blame: true }
    }
    // Said twice, kept twice: filing makes one copy of it.
    const recipients = [...mail.recipients, { ...verdict.recipient, ...parameters }]
    const turn = { reply: replies.recipientOk, phase: { ...phase, mail: { ...mail, recipients } } }
    const to = verdict.recipient.address
    const event = { at: 'rcpt', client: phase.client, id: mail.id, to } as const
    return unlessObjected(ports, event, () => turn, { phase: refused })
  },
})

function refusal(is: Exclude<RecipientVerdict['is'], 'accepted'>): SmtpReply {
  return is === 'no-route' ? replies.noRoute : refusals[is]
}
