// IMAP URLs that carry their own authorisation, RFC 4467 §3: whose message, until when, for whom,
// and the token that proves it. Knows how they are written and proved, and opens no mailbox.
//   imap://joe@example.com/INBOX/;uid=20/;section=1.2;expire=…;urlauth=user+ann:internal:TOKEN
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type MessageUrl, messageUrl } from './message-url.ts'

export interface Rump {
  /** All of the URL up to the token's mechanism: what the token is made of. */
  readonly text: string
  /** The address of whoever the message belongs to. */
  readonly owner: string
  readonly message: MessageUrl & { readonly mailbox: string }
  /** Milliseconds since 1970. */
  readonly expires: number
  readonly access: Access
}

export type Access =
  | { readonly is: 'anonymous' | 'authuser' }
  | { readonly is: 'user' | 'submit'; readonly address: string }

export interface AuthorisedUrl extends Rump {
  readonly account: string
  readonly proof: Buffer
}

const form =
  /^imap:\/\/([^@/;:]{1,500})(?:;AUTH=[^@/]{1,50})?@([^@/;:]{1,255})(?::\d{1,5})?(\/[^ ]{1,3000}?)(?:;EXPIRE=([^;]{1,40}))?;URLAUTH=(submit\+|user\+|authuser|anonymous)([^:;/ ]{0,500})$/i
const tail = /^(.+):INTERNAL:([0-9a-f]{66,400})$/i
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i
const proofChars = 64

/** A URL without its token; undefined for what is none. */
export function rumpOf(text: string): Rump | undefined {
  const found = form.exec(text)
  if (!found) return undefined
  const [, user = '', host = '', path = '', expire, kind = '', who = ''] = found
  const message = messageUrl(path)
  const owner = addressIn(user, host)
  const access = accessOf(kind.toLowerCase(), who, host)
  const expires = expire === undefined ? Number.POSITIVE_INFINITY : instant(expire)
  if (message?.mailbox === undefined || !owner || !access || Number.isNaN(expires)) return undefined
  return { text, owner, message: { ...message, mailbox: message.mailbox }, expires, access }
}

/** The same with its token. */
export function authorisedUrl(text: string): AuthorisedUrl | undefined {
  const [, head = '', token = ''] = tail.exec(text) ?? []
  const rump = rumpOf(head)
  if (!rump) return undefined
  const account = Buffer.from(token.slice(0, -proofChars), 'hex').toString('latin1')
  return { ...rump, account, proof: Buffer.from(token.slice(-proofChars), 'hex') }
}

/** The URL with its token: whose mailbox has the key, and the proof that it was used. */
export function authorised(rump: Rump, account: string, key: Uint8Array): string {
  const token = Buffer.concat([Buffer.from(account, 'latin1'), proofOf(rump, key)])
  return `${rump.text}:internal:${token.toString('hex')}`
}

export function isProved(url: AuthorisedUrl, key: Uint8Array): boolean {
  return timingSafeEqual(url.proof, proofOf(url, key))
}

function proofOf({ text }: Rump, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** RFC 4467 §3: who may use it. Nobody is known here as a submission server, nor is anonymous. */
export function admits(access: Access, address: string): boolean {
  if (access.is === 'submit') return false
  return access.is !== 'user' || access.address === address.toLowerCase()
}

function accessOf(kind: string, who: string, host: string): Access | undefined {
  if (kind === 'authuser' || kind === 'anonymous') return who === '' ? { is: kind } : undefined
  const address = addressIn(who, host)
  if (!address) return undefined
  return { is: kind === 'user+' ? 'user' : 'submit', address }
}

/** A user without a domain is one of the server's that is named. */
function addressIn(user: string, host: string): string | undefined {
  try {
    const name = decodeURIComponent(user).toLowerCase()
    if (name === '') return undefined
    return name.includes('@') ? name : `${name}@${host.toLowerCase()}`
  } catch {
    return undefined
  }
}

/** RFC 3339 §5.6; NaN for what is none. */
function instant(text: string): number {
  return dateTime.test(text) ? Date.parse(text.toUpperCase()) : Number.NaN
}
