// The front that every way in shares: bytes of one object in, one answer out. Says who may, parses,
// counts, and hands on; knows neither sockets nor what becomes of the message.
import { type Access, noAccess } from '../../base/access.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import { type Networks, neighbourhood } from '../../base/networks.ts'
import { replyTo } from '../../base/refusal-replies.ts'
import { Refused } from '../../base/refused.ts'
import { formatAddress } from '../../message/address.ts'
import { messageId } from '../../message/message-id.ts'
import { type Heard, transactionOf } from './books.ts'
import { BadField, parseObject, type Submission, submission } from './grammar.ts'
import type { BadObject } from './json-stream.ts'
import type { Outlet } from './outlet.ts'
import { type Caller, Permission, type Tokens } from './permission.ts'
import { Rate } from './rate.ts'
import { Repeats, repeatKey } from './repeats.ts'
import { type Answer, invalid, refusals, refused, replies } from './replies.ts'

export interface GatewayLimits {
  readonly objectMaxBytes: number
  /** Objects and lists inside each other. */
  readonly depthMax: number
  readonly recipientsMax: number
  /** Without a byte that is awaited: inside an object, or before the next. */
  readonly idleTimeoutMs: number
  /** For a whole object from its first byte; large ones get more, at 16 KiB a second. */
  readonly objectTimeoutMs: number
  /** Objects of one connection whose answers are not ready. */
  readonly inFlightMax: number
  /** Bytes of objects that all connections together may have on their way. */
  readonly heldMaxBytes: number
  /** From one IPv4 address or IPv6 /64; 0 is unlimited. */
  readonly messagesPerMinute: number
}

export const gatewayLimits: GatewayLimits = {
  objectMaxBytes: 10 * 1024 * 1024,
  depthMax: 32,
  recipientsMax: 100,
  idleTimeoutMs: 30_000,
  objectTimeoutMs: 60_000,
  inFlightMax: 32,
  heldMaxBytes: 256 * 1024 * 1024,
  messagesPerMinute: 6_000,
}

export interface GatewayOptions {
  readonly outlet: Outlet
  /** May send anything without a token. */
  readonly trusted: Networks
  readonly tokens: Tokens
  /** Takes a token without TLS from beyond loopback too, where it can be overheard. */
  readonly clearTokens: boolean
  /** In Message-IDs. */
  readonly serverName: string
  /** What recipients without a domain are matched with for a token's patterns. */
  readonly defaultDomain: string
  readonly limits: GatewayLimits
  readonly ids: Ids
  readonly log: Log
  /** Told of every object that was answered. */
  readonly access?: Access
}

/** The object was `{"hello":1}`: no message, but a client that wants to talk in lines. */
export const hello = Symbol('hello')

export class Gateway {
  readonly limits: GatewayLimits
  readonly log: Log
  readonly ids: Ids
  readonly #options: GatewayOptions
  readonly #rate = new Rate()
  readonly #repeats = new Repeats()
  readonly #permission: Permission
  #held = 0

  constructor(options: GatewayOptions) {
    this.limits = options.limits
    this.log = options.log
    this.ids = options.ids
    this.#options = options
    this.#permission = new Permission(options, this.#rate)
  }

  /** Counts bytes held for a client (negative: given back); false beyond the limit for all. */
  hold(bytes: number): boolean {
    this.#held += bytes
    return bytes <= 0 || this.#held <= this.limits.heldMaxBytes
  }

  /** Whether the address is in a trusted network. */
  trusts(address: string): boolean {
    return this.#permission.trusts(address)
  }

  /** Takes one whole object that began at `began` (performance.now()). Never rejects. */
  async take(object: Buffer, caller: Caller, began: number): Promise<Answer | typeof hello> {
    const heard: Heard = { size: object.length }
    const answer = await this.#answer(object, caller, began, heard).catch((error: unknown) =>
      this.#failed(error, caller),
    )
    if (answer !== hello) {
      const { access = noAccess } = this.#options
      access.transaction(transactionOf(caller, heard, answer, performance.now() - began))
      const { id: message, code, is } = answer
      const ms = Math.round((performance.now() - began) * 10) / 10
      const { session, address: client, protocol } = caller
      this.log.info('gateway answered', { session, client, protocol, message, is, code, ms })
    }
    return answer
  }

  async #answer(
    object: Buffer,
    caller: Caller,
    began: number,
    heard: Heard,
  ): Promise<Answer | typeof hello> {
    const arrived = performance.now()
    const { limits, outlet, serverName } = this.#options
    if (!this.#rate.take(neighbourhood(caller.address), limits.messagesPerMinute))
      return refused(replies.tooMany)
    const fields = parseObject(object)
    if (Object.hasOwn(fields, 'hello') && !Object.hasOwn(fields, 'sender')) return hello
    const said = submission(fields, limits.recipientsMax)
    heard.submission = said
    const refusal = await this.#permission.refusal(said, caller)
    if (refusal) return refused(refusal)
    const id = this.ids.next()
    const named = said.id !== ''
    const key = named ? repeatKey(formatAddress(said.sender), said.id) : id
    const client = clientOf(caller)
    heard.messageId = messageId(key, serverName)
    const message = {
      id,
      messageId: heard.messageId,
      named,
      submission: withoutToken(said),
      client,
      began,
      arrived,
    }
    return named ? this.#repeats.once(key, () => outlet.send(message)) : outlet.send(message)
  }

  #failed(error: unknown, { session }: Caller): Answer {
    if (error instanceof BadField)
      return error.reply.status === replies.badAddress.status
        ? refused(error.reply)
        : invalid(error.reply)
    if (error instanceof Refused) return refused(replyTo(error, refusals))
    this.log.error('gateway failed', { session, error })
    return refused(replies.bug)
  }
}

/** Whoever may send here has been judged here: delivery need not ask for a login again. */
function clientOf({ session, protocol, address, port, tls }: Caller) {
  return { session, protocol, address, port, tls, hello: '', login: '', trusted: true }
}

/** The secret goes no further than the check of it. */
function withoutToken(said: Submission): Submission {
  return { ...said, token: '' }
}

/** What is answered to bytes that are no object: garbage, too long, or too deep. */
export function badObjectAnswer(error: BadObject): Answer {
  const reply = error.why === 'too-big' ? replies.tooBig : replies.noJson
  return invalid({ ...reply, text: error.message })
}

/** The line that answers `{"hello":1}`: what a client had better know. */
export function helloLine({
  objectMaxBytes,
  depthMax,
  recipientsMax,
  ...more
}: GatewayLimits): string {
  const { idleTimeoutMs, inFlightMax, messagesPerMinute } = more
  const limits = {
    objectMaxBytes,
    depthMax,
    recipientsMax,
    idleTimeoutMs,
    inFlightMax,
    messagesPerMinute,
  }
  return `${JSON.stringify({ hello: 1, name: 'amplop', limits })}\n`
}
