// The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS: RFC 5802, RFC 7677. The password is
// never seen; whoever knows the accounts gives the keys, and is told which of them was proved.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type Authenticator,
  answerTo,
  type BindingType,
  type Channel,
  type Exchange,
  firstOf,
  type SaslOutcome,
  type ScramKey,
  type ScramSecrets,
} from './sasl-port.ts'

/**
 * What we compute takes some microseconds more for a name that somebody has, and more for each of
 * their passwords. Answered by the clock, nobody hears the difference.
 */
const evenMs = 2

const allTypes: readonly BindingType[] = ['tls-exporter', 'tls-server-end-point']

/** Whether this connection has anything to bind an exchange to. */
export function canBind(channel: Channel): boolean {
  return allTypes.some((type) => channel.channelBinding(type) !== undefined)
}

interface ClientFirst {
  /** "n", "y", or the type of binding the client uses. */
  readonly flag: string
  /** Up to and with its second comma. */
  readonly gs2: string
  readonly actAs: string
  readonly bare: string
  readonly name: string
  readonly nonce: string
}

interface Way {
  /** With channel binding. */
  readonly plus: boolean
  /** The server's part, for the examples of the standard. */
  readonly nonce?: string
}

/** Leads the exchange. */
export async function scram<Login>(
  exchange: Exchange,
  channel: Channel,
  accounts: Authenticator<Login>,
  way: Way,
): Promise<SaslOutcome<Login>> {
  const message = await firstOf(exchange)
  if (typeof message === 'string') return message
  const first = clientFirst(message.toString())
  if (!first) return 'malformed'
  const binding = bindingOf(first.flag, channel, way.plus)
  if (typeof binding === 'string') return binding
  if (first.actAs !== '' && first.actAs !== first.name) return 'wrong'
  const [secrets] = await Promise.all([accounts.scram(first.name), pause(evenMs)])
  const nonce = first.nonce + (way.nonce ?? randomBytes(18).toString('base64'))
  const serverFirst = `r=${nonce},s=${secrets.salt.toString('base64')},i=${secrets.iterations}`
  const answer = await answerTo(serverFirst, exchange.ask)
  if (typeof answer === 'string') return answer
  const final = clientFinal(answer.toString())
  if (!final) return 'malformed'
  const even = pause(evenMs)
  const bound = Buffer.concat([Buffer.from(first.gs2), binding]).toString('base64')
  const said = `${first.bare},${serverFirst},${final.withoutProof}`
  const honest = final.binding === bound && final.nonce === nonce
  const found = honest ? provedKey(secrets, said, final.proof) : undefined
  const [login] = await Promise.all([secrets.settle(found), even])
  const key = secrets.keys[found ?? -1]
  if (login === undefined || !key) return 'wrong'
  const signature = hmac(key.serverKey, said).toString('base64')
  // The client may find that it is we who lied, and cancel.
  const last = await answerTo(`v=${signature}`, exchange.ask)
  return typeof last === 'string' ? last : { login }
}

/** What the client's flag makes of the channel: RFC 5802 §6. */
function bindingOf(flag: string, channel: Channel, plus: boolean): Buffer | 'wrong' | 'malformed' {
  if (plus) {
    const type = allTypes.find((known) => known === flag)
    return (type && channel.channelBinding(type)) ?? 'malformed'
  }
  // It could bind and thinks that we cannot: somebody between us has changed what we offered.
  if (flag === 'y' && canBind(channel)) return 'wrong'
  return flag === 'n' || flag === 'y' ? Buffer.alloc(0) : 'malformed'
}

const firstForm =
  /^(?<gs2>(?:(?<flag>[ny])|p=(?<type>[A-Za-z0-9.-]+)),(?:a=(?<actAs>[^,]*))?,)(?<bare>n=(?<name>[^,]+),r=(?<nonce>[!-+\--~]+)(?:,.*)?)$/s

/** RFC 5802 §7, client-first-message. What begins with "m=" is an extension we do not know. */
function clientFirst(text: string): ClientFirst | undefined {
  const found = firstForm.exec(text)?.groups
  if (!found) return undefined
  const { flag, type, gs2 = '', bare = '', nonce = '' } = found
  const [name, actAs] = [saslName(found.name ?? ''), saslName(found.actAs ?? '')]
  if (name === undefined || actAs === undefined) return undefined
  return { flag: flag ?? type ?? '', gs2, actAs, bare, name, nonce }
}

/** RFC 5802 §5.1: "," and "=" are written "=2C" and "=3D", and "=" stands for nothing else. */
function saslName(text: string): string | undefined {
  if (/=(?!2C|3D)/.test(text)) return undefined
  return text.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

const finalForm =
  /^(?<withoutProof>c=(?<binding>[A-Za-z0-9+/=]+),r=(?<nonce>[!-+\--~]+)(?:,.*)?),p=(?<proof>[A-Za-z0-9+/=]+)$/s

function clientFinal(text: string) {
  const found = finalForm.exec(text)?.groups
  if (!found) return undefined
  const { withoutProof = '', binding = '', nonce = '', proof = '' } = found
  return { withoutProof, binding, nonce, proof: Buffer.from(proof, 'base64') }
}

/** Which key the proof is made with: RFC 5802 §3. All are tried, whichever it is. */
function provedKey<Login>(
  { keys }: ScramSecrets<Login>,
  said: string,
  proof: Buffer,
): number | undefined {
  let found: number | undefined
  for (const [n, key] of keys.entries()) if (proves(key, said, proof)) found = n
  return found
}

function proves({ storedKey }: ScramKey, said: string, proof: Buffer): boolean {
  const signature = hmac(storedKey, said)
  if (proof.length !== signature.length) return false
  const clientKey = signature.map((byte, n) => byte ^ proof[n]!)
  return timingSafeEqual(createHash('sha256').update(clientKey).digest(), storedKey)
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
