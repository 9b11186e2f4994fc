// The SMTP client end: hands a message to one fixed next hop. Knows the hop; not who else is owed
// the message, nor when to try again.
import type { Reply } from '../../base/reply.ts'
import { systemWords } from '../../base/system-error.ts'
import type { HopOutcome, Outgoing, Transport } from '../../queue/transport.ts'
import { Dialogue } from './client-dialogue.ts'
import { greet } from './client-greeting.ts'
import { HopLost, Link, type LinkOptions } from './client-link.ts'
import { outcomes } from './client-pool.ts'

export interface SmtpClientOptions extends Omit<LinkOptions, 'verify'> {
  /** The name we greet with: a domain or an address literal. */
  readonly hostname: string
  /** AUTH PLAIN or LOGIN; never said on a plain connection that leaves this machine. */
  readonly login?: { readonly user: string; readonly password: string }
  /** False takes whatever certificate the hop shows. Default true. */
  readonly verify?: boolean
  /** For the reply to the final dot. */
  readonly finalTimeoutMs: number
}

/** RFC 5321 §4.5.3.2, but a connection is given up sooner: somebody may be waiting for it. */
export const smtpClientTimeouts = {
  connectTimeoutMs: 5_000,
  replyTimeoutMs: 300_000,
  finalTimeoutMs: 600_000,
} as const

/** A connection for each message; many may be under way at the same time. */
export class SmtpClient implements Transport {
  readonly #options: SmtpClientOptions

  /** @throws Error when the host name or the login cannot be said in SMTP. */
  constructor(options: SmtpClientOptions) {
    if (!/^[\x21-\x7e]+$/.test(options.hostname)) throw new Error('bad host name to greet with')
    const { user = '-', password = '-' } = options.login ?? {}
    if (user === '' || password === '' || /\0/.test(user + password)) throw new Error('bad login')
    this.#options = options
  }

  async send(mail: Outgoing, signal?: AbortSignal): Promise<HopOutcome> {
    const { host, port, verify = true, tls } = this.#options
    let link: Link | undefined
    let dialogue: Dialogue | undefined
    let refusal: Reply | undefined
    let failure = ''
    try {
      link = await Link.open({ ...this.#options, verify }, signal)
      const starttls = tls === 'starttls' ? 'required' : 'no'
      const greeted = await greet(link, { ...this.#options, starttls })
      if (greeted.extensions) {
        const { extensions } = greeted
        dialogue = new Dialogue(link, mail, { ...this.#options, extensions })
        await dialogue.run()
      } else refusal = greeted.refusal
      link.leave()
    } catch (error) {
      link?.destroy()
      failure = error instanceof HopLost ? error.message : systemWords(error)
    }
    const replies = refusal ? mail.to.map(() => refusal) : (dialogue?.replies ?? [])
    return {
      hop: link?.hop ?? `${host}:${port}`,
      recipients: outcomes(mail, replies, { failure, final: 0 }),
      failure,
    }
  }
}
