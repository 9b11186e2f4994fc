// XSTAT: four numbers for the monitors of old servers, where the settings allow it, and for those
// who have logged in. No standard has it.
import { Refused } from '../../../base/refused.ts'
import { Syntax } from '../../../wire/protocol.ts'
import { anything } from '../grammar.ts'
import { replies } from '../replies.ts'
import { anytime, word } from '../session.ts'

const words = {
  TOTAL: ['total connections', 'total'],
  CURRENT: ['current connections', 'current'],
  BYTES: ['total bytes of data transferred', 'bytes'],
  MAILS: ['total mails sent', 'mails'],
} as const

export const xstat = word({
  name: 'XSTAT',
  when: anytime,
  parse: anything,
  run: (phase, what, { options, statistics }) => {
    if (!options.xstat || !statistics) return { reply: replies.unknown, blame: true }
    if (phase.in === 'connected' || phase.client.login === '') throw new Refused('needs-login')
    const asked = what.toUpperCase()
    if (!isWord(asked)) throw new Syntax('Expected TOTAL, CURRENT, BYTES or MAILS')
    const [name, number] = words[asked]
    return { reply: { code: 211, status: '2.0.0', text: `${name}: ${statistics[number]()}` } }
  },
})

function isWord(asked: string): asked is keyof typeof words {
  return Object.hasOwn(words, asked)
}
