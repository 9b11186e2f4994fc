// The parameters of MAIL and RCPT, extension by extension, as values. Pure.
import type { Reply } from '../../base/reply.ts'
import type { Asked, Notify } from '../../delivery/types.ts'
import { replies } from './replies.ts'

/** Extensions that bind whoever takes the message on, and so are offered only where it can. */
export type Offer = 'DSN' | 'REQUIRETLS' | 'MT-PRIORITY' | 'DELIVERBY' | 'FUTURERELEASE'

/** How far ahead a message may be held: RFC 4865 §4, in seconds. */
export const holdMaxSeconds = 30 * 86_400

export interface MailParameters {
  /** RFC 1870 §6; undefined where the client did not say. */
  readonly sizeBytes: number | undefined
  /** RFC 6531 §3.4 */
  readonly smtpUtf8: boolean
  readonly asked: Asked
}

export interface RcptParameters {
  readonly notify?: Notify
  readonly originalRecipient?: string
}

interface Word<T> {
  /** Known only where this is offered. */
  readonly offer?: Offer
  /** What the value means; undefined where it is none. `now` is in milliseconds since 1970. */
  read(value: string, now: number): Partial<T> | undefined
}

type MailWord = Omit<Partial<MailParameters>, 'asked'> & Asked

const bodies: ReadonlyMap<string, Asked> = new Map([
  ['7BIT', {}],
  ['8BITMIME', { body: '8bitmime' }],
  ['BINARYMIME', { body: 'binarymime' }],
])

/** RFC 3461 §4: printable ASCII but "+" and "=", which are written in hexadecimal. */
const xtext = /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})+$/
/** RFC 6533 §3: an address type of "utf-8" may have UTF-8 as it is. */
const utf8Text = /^[^\x00-\x20=\x7f]+$/

const mailWords: ReadonlyMap<string, Word<MailWord>> = new Map<string, Word<MailWord>>([
  [
    'SIZE',
    { read: (value) => (/^\d{1,20}$/.test(value) ? { sizeBytes: Number(value) } : undefined) },
  ],
  ['BODY', { read: (value) => bodies.get(value.toUpperCase()) }],
  ['SMTPUTF8', { read: (value) => (value === '' ? { smtpUtf8: true } : undefined) }],
  // RFC 4954 §5: taken and not believed.
  ['AUTH', { read: () => ({}) }],
  ['RET', { offer: 'DSN', read: returned }],
  ['ENVID', { offer: 'DSN', read: envelopeId }],
  ['REQUIRETLS', { offer: 'REQUIRETLS', read: requireTls }],
  ['MT-PRIORITY', { offer: 'MT-PRIORITY', read: priority }],
  ['BY', { offer: 'DELIVERBY', read: deliverBy }],
  ['HOLDFOR', { offer: 'FUTURERELEASE', read: holdFor }],
  ['HOLDUNTIL', { offer: 'FUTURERELEASE', read: holdUntil }],
])

const rcptWords: ReadonlyMap<string, Word<RcptParameters>> = new Map([
  ['NOTIFY', { offer: 'DSN', read: notify }],
  ['ORCPT', { offer: 'DSN', read: originalRecipient }],
] as const)

/** The parameters of MAIL, or the reply to what is none. `now` in milliseconds since 1970. */
export function mailParameters(
  params: ReadonlyMap<string, string>,
  offered: (offer: Offer) => boolean,
  now: number,
): MailParameters | Reply {
  if (params.size === 0) return plain
  // RFC 4865 §4.2: one of the two.
  if (params.has('HOLDFOR') && params.has('HOLDUNTIL')) return replies.holdTwice
  const read = readWords(mailWords, params, { offered, now })
  if ('code' in read) return read
  const { sizeBytes, smtpUtf8 = false, ...asked } = read
  return { sizeBytes, smtpUtf8, asked }
}

const plain: MailParameters = { sizeBytes: undefined, smtpUtf8: false, asked: {} }

/** The parameters of RCPT, or the reply to what is none. */
export function rcptParameters(
  params: ReadonlyMap<string, string>,
  offered: (offer: Offer) => boolean,
): RcptParameters | Reply {
  return params.size === 0 ? {} : readWords(rcptWords, params, { offered, now: 0 })
}

function readWords<T>(
  known: ReadonlyMap<string, Word<T>>,
  params: ReadonlyMap<string, string>,
  { offered, now }: { offered: (offer: Offer) => boolean; now: number },
): Partial<T> | Reply {
  let all: Partial<T> = {}
  for (const [name, value] of params) {
    const word = known.get(name)
    if (!word || (word.offer && !offered(word.offer))) return replies.unknownParameter
    const meant = word.read(value, now)
    if (!meant) return { code: 501, status: '5.5.4', text: `Bad value of ${name}` }
    all = { ...all, ...meant }
  }
  return all
}

/** RFC 3461 §4.3 */
function returned(value: string): Asked | undefined {
  const what = value.toUpperCase()
  if (what === 'FULL') return { returned: 'full' }
  return what === 'HDRS' ? { returned: 'headers' } : undefined
}

/** RFC 3461 §4.4 */
function envelopeId(value: string): Asked | undefined {
  return value.length <= 100 && xtext.test(value) ? { envelopeId: value } : undefined
}

/** RFC 8689 §2 */
function requireTls(value: string): Asked | undefined {
  return value === '' ? { requireTls: true } : undefined
}

/** RFC 6710 §7 */
function priority(value: string): Asked | undefined {
  return /^(?:0|-?[1-9])$/.test(value) ? { priority: Number(value) } : undefined
}

/** RFC 2852 §4: "-120;N", "3600;RT". */
function deliverBy(value: string, now: number): Asked | undefined {
  const [, seconds, mode, trace] = /^(-?\d{1,9});([RN])(T)?$/i.exec(value) ?? []
  if (seconds === undefined || mode === undefined) return undefined
  const late = mode.toUpperCase() === 'R' ? 'return' : 'notify'
  // What is to be returned when late must not be late before it came.
  if (late === 'return' && Number(seconds) <= 0) return undefined
  return { deliverBy: { at: now + Number(seconds) * 1000, late, trace: trace !== undefined } }
}

/** RFC 4865 §4.1 */
function holdFor(value: string, now: number): Asked | undefined {
  if (!/^[1-9]\d{0,8}$/.test(value) || Number(value) > holdMaxSeconds) return undefined
  return { heldUntil: now + Number(value) * 1000 }
}

/** RFC 4865 §4.1, the date as in RFC 3339 §5.6. */
function holdUntil(value: string, now: number): Asked | undefined {
  const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i.test(value)
  const at = date ? Date.parse(value) : Number.NaN
  if (Number.isNaN(at) || at > now + holdMaxSeconds * 1000) return undefined
  return { heldUntil: Math.max(at, now) }
}

const events = ['success', 'failure', 'delay'] as const

/** RFC 3461 §4.1 */
function notify(value: string): RcptParameters | undefined {
  const named = value.toLowerCase().split(',')
  if (named.length === 1 && named[0] === 'never') return { notify: [] }
  const meant = events.filter((event) => named.includes(event))
  const known = named.every((name) => (events as readonly string[]).includes(name))
  return known && meant.length === named.length ? { notify: meant } : undefined
}

/** RFC 3461 §4.2: an address type and the address, as a relay must pass it on. */
function originalRecipient(value: string): RcptParameters | undefined {
  const [, type = '', address = ''] = /^([A-Za-z0-9-]+);(.+)$/s.exec(value) ?? []
  const text = type.toLowerCase() === 'utf-8' ? utf8Text : xtext
  return value.length <= 500 && text.test(address) ? { originalRecipient: value } : undefined
}
