// MAIL: RFC 5321 §4.1.1.2, with SIZE (RFC 1870), 8BITMIME (RFC 6152), BINARYMIME (RFC 3030) and
// SMTPUTF8 (RFC 6531).
import { Refused } from '../../../base/refused.ts'
import { anything, mailParameters, pathAfter } from '../grammar.ts'
import { refusals, replies } from '../replies.ts'
import { word } from '../session.ts'

export const mail = word({
  name: 'MAIL',
  when: ['ready'],
  parse: anything,
  run: async (phase, rest, { options, delivery, ids }) => {
    const path = pathAfter('FROM', options, rest)
    if ('code' in path) return { reply: path, blame: true }
    const { address, params } = path
    const parameters = mailParameters(params)
    if (!parameters) return { reply: replies.unknownParameter, blame: true }
    if (options.face === 'submission' && phase.client.login === '') throw new Refused('needs-login')
    if ((parameters.sizeBytes ?? 0) > options.sizeMaxBytes) return { reply: refusals['too-big'] }
    if (address?.domain === '') return { reply: replies.senderNeedsDomain, blame: true }
    const verdict = await delivery.sender(phase.client, address)
    if (verdict.is !== 'accepted') return { reply: refusals[verdict.is], blame: true }
    const mail = {
      id: ids.next(),
      from: address,
      recipients: [],
      refused: 0,
      began: performance.now(),
      smtpUtf8: parameters.smtpUtf8,
      asked: parameters.asked,
    }
    return { reply: replies.senderOk, phase: { ...phase, in: 'mail', mail } }
  },
})
