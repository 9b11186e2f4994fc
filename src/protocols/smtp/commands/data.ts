// DATA: RFC 5321 §4.1.1.4. 250 is said when message, mailboxes and trace are on disk, not before.
import { type Reply, replyLine } from '../../../base/reply.ts'
import type { Client } from '../../../delivery/types.ts'
import type { Inbox } from '../../../wire/inbox.ts'
import { close, toEach } from '../closing.ts'
import { nothing } from '../grammar.ts'
import { IncomingText } from '../incoming-text.ts'
import { replies } from '../replies.ts'
import { ready, type SmtpOptions, type Transaction, word } from '../session.ts'

export const data = word({
  name: 'DATA',
  when: ['mail'],
  parse: nothing,
  run: async (phase, _, ports, voice) => {
    const { connection } = voice
    const { mail, client } = phase
    const missing = lacking(mail, ports.options)
    if (missing) return { reply: missing, blame: true }
    // RFC 3030 §3: lines and dots cannot frame what has bytes of any kind.
    if (mail.asked.body === 'binarymime') return { reply: replies.needChunks, blame: true }
    const text = new IncomingText({ ...mail, client }, connection, ports)
    await voice.prompt(replyLine(replies.goAhead))
    await text.readDots()
    const unannounced = speaksOn(connection.inbox, client, ports.options)
    if (unannounced) text.refuse(replies.unannounced)
    const reply = toEach(await close(text, ports), mail, ports.options.face)
    const next = text.forsaken || unannounced ? ({ next: 'close' } as const) : {}
    return { reply, phase: ready(phase), worth: 'done', ...next }
  },
})

/**
 * Why there is nobody to take a message for. RFC 2920 §3.1 has 554 for a burst without a valid
 * RCPT, RFC 2033 §4.2 has 503 for all.
 */
export function lacking(mail: Transaction, { face }: SmtpOptions): Reply | undefined {
  if (mail.recipients.length > 0) return undefined
  return mail.refused > 0 && face !== 'lmtp' ? replies.noValidRecipients : replies.needRcpt
}

/**
 * RFC 2920 §3.1: who greeted with HELO was not offered pipelining, and awaits the answer; what is
 * behind its text was put there by somebody else. A QUIT harms nobody, and is what a file piped
 * into nc ends with.
 */
function speaksOn(inbox: Inbox, client: Client, { lenient }: SmtpOptions): boolean {
  if (client.plain !== true || inbox.length === 0) return false
  return !(lenient && inbox.length <= 6 && /^QUIT\r?\n$/i.test(String(inbox.peek(6))))
}
