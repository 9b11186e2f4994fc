// What is said of the server itself, and the end: CAPABILITY, NOOP, LOGOUT (RFC 5804 §2.3, §2.4,
// §2.13).
import { nothing, quoted, strings } from '../grammar.ts'
import { replies } from '../replies.ts'
import { anytime, capabilities, word } from '../session.ts'

export const capability = word({
  name: 'CAPABILITY',
  when: anytime,
  parse: nothing,
  run: (phase, _, ports, { connection }) => ({
    reply: `${capabilities(phase, connection, ports)}\r\n${replies.ok}`,
  }),
})

export const noop = word({
  name: 'NOOP',
  when: anytime,
  parse: (said) => strings(said, 0, 1),
  run: (_, [tag]) => ({
    reply: tag === undefined ? replies.ok : `OK (TAG ${quoted(tag)}) "Done"`,
  }),
})

export const logout = word({
  name: 'LOGOUT',
  when: anytime,
  parse: nothing,
  run: () => ({ reply: replies.bye, next: 'close' }),
})
