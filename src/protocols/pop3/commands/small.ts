// What is said of the server itself, and the end: CAPA (RFC 2449 §5), UTF8 and LANG (RFC 6856 §2.1,
// §3), NOOP and QUIT (RFC 1939 §5, §6).

import { rangesOf } from '../../../mailbox/uid-set.ts'
import type { Connection } from '../../../wire/connection.ts'
import { nothing } from '../grammar.ts'
import type { OpenDrop } from '../open-drop.ts'
import { replies } from '../replies.ts'
import { anytime, mechanismsFor, type Pop3Ports, word } from '../session.ts'

export const capa = word({
  name: 'CAPA',
  when: anytime,
  parse: nothing,
  run: (phase, _, ports, { connection }) => ({
    reply: [
      replies.capabilities,
      ...capabilities(ports, connection),
      // RFC 2595 §4, §8: before login only, and once.
      ...(phase.in === 'open' && connection.tls === '' ? ['STLS'] : []),
      '.',
    ].join('\r\n'),
  }),
})

/** RFC 2449 §6: the same before login and after. */
function capabilities(ports: Pop3Ports, connection: Connection): string[] {
  const { loginDelayMs } = ports.options
  const mechanisms = mechanismsFor(connection, ports)
  return [
    'TOP',
    'UIDL',
    ...(mechanisms.length > 0 ? ['USER', `SASL ${mechanisms.join(' ')}`] : []),
    'RESP-CODES',
    'AUTH-RESP-CODE',
    'PIPELINING',
    'EXPIRE NEVER',
    `LOGIN-DELAY ${Math.ceil(loginDelayMs / 1000)}`,
    'UTF8 USER',
    'LANG',
    'IMPLEMENTATION Amplop',
  ]
}

export const utf8 = word({
  name: 'UTF8',
  when: ['open'],
  parse: nothing,
  // Text goes as it is in either mode.
  run: () => ({ reply: replies.utf8 }),
})

/** RFC 6856 §3.2: a language range, "*" for what the server prefers. */
const english = /^(\*|en|en-[a-z0-9-]+)$/i

export const lang = word({
  name: 'LANG',
  when: anytime,
  parse: (rest) => rest.trim(),
  run: (_, range) => {
    if (range === '')
      return { reply: [replies.languages, 'en English', 'i-default Default', '.'].join('\r\n') }
    if (range.toLowerCase() === 'i-default') return { reply: replies.languageDefault }
    return english.test(range) ? { reply: replies.language } : { reply: replies.languageUnknown }
  },
})

export const noop = word({
  name: 'NOOP',
  when: ['drop'],
  parse: nothing,
  run: () => ({ reply: replies.ok }),
})

export const quit = word({
  name: 'QUIT',
  when: anytime,
  parse: nothing,
  run: async (phase, _, ports) => ({
    reply: phase.in === 'drop' ? await update(phase.drop, ports) : replies.bye,
    next: 'close',
  }),
})

/** RFC 1939 §6: only here is anything removed, and it is on disk before "+OK". */
async function update(drop: OpenDrop, { messages, log }: Pop3Ports): Promise<string> {
  const { account, mailbox } = drop
  const uids = drop.deletedUids()
  try {
    if (uids.length > 0) await messages.expunge({ account, mailbox }, rangesOf(uids), false)
    return replies.bye
  } catch (error) {
    log.error('deleted messages were not removed', { account, error })
    return replies.notRemoved
  } finally {
    drop.release()
  }
}
