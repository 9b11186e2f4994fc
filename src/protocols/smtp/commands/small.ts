// The commands of one line each: RFC 5321 §4.1.1.5 to §4.1.1.10. Only RSET disturbs a transaction.
import { anything, nothing } from '../grammar.ts'
import { replies } from '../replies.ts'
import { anytime, drop, ready, word } from '../session.ts'

export const rset = word({
  name: 'RSET',
  when: anytime,
  parse: nothing,
  run: (phase) => {
    drop(phase)
    const next = phase.in === 'connected' ? phase : ready(phase)
    return { reply: replies.ok, phase: next, worth: 'idle' }
  },
})

export const noop = word({
  name: 'NOOP',
  when: anytime,
  parse: anything,
  run: () => ({ reply: replies.ok, worth: 'idle' }),
})

export const help = word({
  name: 'HELP',
  when: anytime,
  parse: anything,
  run: (_, __, { options }) => ({
    reply: options.face === 'lmtp' ? replies.helpLmtp : replies.help,
    worth: 'idle',
  }),
})

export const quit = word({
  name: 'QUIT',
  when: anytime,
  parse: nothing,
  run: () => ({ reply: replies.bye, next: 'close' }),
})

/** The words of HTTP, and of proxies that are told to connect: never a mail client's. */
export const foreign = ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'CONNECT'].map((name) =>
  word({
    name,
    when: anytime,
    parse: anything,
    run: () => ({ reply: replies.notHttp, next: 'close' }),
  }),
)
