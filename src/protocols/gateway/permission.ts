// Who may send what: whom the network vouches for, and who has a token. Neither is never enough.
import { loopback, Networks } from '../../base/networks.ts'
import type { Reply } from '../../base/reply.ts'
import { type Address, foldAscii, formatAddress } from '../../message/address.ts'
import type { Submission } from './grammar.ts'
import type { Rate } from './rate.ts'
import { replies } from './replies.ts'

/** What a token allows. Empty lists and 0 bind to nothing. */
export interface Token {
  readonly id: string
  readonly name: string
  /** Patterns: an address, "*@example.com", or "*". */
  readonly senders: readonly string[]
  readonly recipients: readonly string[]
  readonly perMinute: number
}

export interface Tokens {
  find(secret: string): Promise<Token | undefined>
}

export const noTokens: Tokens = { find: async () => undefined }

export interface PermissionOptions {
  readonly trusted: Networks
  readonly tokens: Tokens
  /** Takes a token without TLS from beyond loopback too, where it can be overheard. */
  readonly clearTokens: boolean
  readonly defaultDomain: string
}

/** Where a submission comes from, as far as the way it came established that. */
export interface Caller {
  readonly session: string
  readonly protocol: 'gateway' | 'gateway-udp' | 'gateway-http'
  readonly address: string
  readonly port: number
  /** "TLSv1.3", or "" on a plain connection. */
  readonly tls: string
  /** A token that was said outside of the object, or "". */
  readonly token: string
  /** A proxy stands between: the address is its own, and vouches for nobody behind it. */
  readonly proxied?: boolean
}

export class Permission {
  readonly #options: PermissionOptions
  readonly #rate: Rate
  readonly #loopback = new Networks(loopback)

  constructor(options: PermissionOptions, rate: Rate) {
    this.#options = options
    this.#rate = rate
  }

  trusts(address: string): boolean {
    return this.#options.trusted.has(address)
  }

  /** undefined when the caller may send this, else the refusal. A token said is always checked. */
  async refusal(submission: Submission, caller: Caller): Promise<Reply | undefined> {
    const secret = caller.token || submission.token
    if (secret === '')
      return this.trusts(caller.address) && !caller.proxied ? undefined : replies.notPermitted
    const safe = caller.tls !== '' || this.#loopback.has(caller.address)
    if (!safe && !this.#options.clearTokens) return replies.tokenNeedsTls
    const token = await this.#options.tokens.find(secret)
    if (!token) return replies.wrongToken
    if (!allows(token.senders, [submission.sender])) return replies.senderNotBound
    const { defaultDomain: domain } = this.#options
    const to = submission.recipients.map((one) => (one.domain === '' ? { ...one, domain } : one))
    if (!allows(token.recipients, to)) return replies.recipientNotBound
    return this.#rate.take(`token ${token.id}`, token.perMinute) ? undefined : replies.tooMany
  }
}

function allows(patterns: readonly string[], addresses: readonly Address[]): boolean {
  if (patterns.length === 0) return true
  return addresses.every((address) => {
    const text = foldAscii(formatAddress(address))
    return patterns.some((pattern) => matches(foldAscii(pattern), text))
  })
}

/** "*" stands for anything, and only at the beginning: "*@example.com". */
function matches(pattern: string, text: string): boolean {
  return pattern.startsWith('*') ? text.endsWith(pattern.slice(1)) : text === pattern
}
