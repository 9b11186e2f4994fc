// The texts that scripts send by themselves: an answer while somebody is away (RFC 5230 §5) and a
// notification (RFC 5436 §2). Pure.
import { type Address, formatAddress, sameAddress } from '../../message/address.ts'
import { mailboxesOf, parseAddressList } from '../../message/address-list.ts'
import { compose } from '../../message/compose.ts'
import { decodeWords } from '../../message/encoded-words.ts'
import type { Correspondent } from '../../message/header-encode.ts'
import { parseMessageIds } from '../../message/message-id.ts'
import type { LetterView } from '../../sieve/letter-view.ts'
import type { Notice, Vacation } from '../../sieve/world.ts'

export interface Occasion {
  readonly letter: LetterView
  /** Whose mail it is. */
  readonly owner: Correspondent
  /** Without angle brackets. */
  readonly messageId: string
  /** Milliseconds since 1970. */
  readonly now: number
}

const subjectMaxChars = 256
const referencesMax = 20
const usualSubject = 'Automated reply'

export function composeVacation(
  { letter, owner, messageId, now }: Occasion,
  { subject, from, mime, reason }: Vacation,
  to: Address,
): Buffer {
  const asked = letter.fields('subject')[0] ?? ''
  const own = subject || (asked === '' ? usualSubject : `Auto: ${asked}`)
  return compose({
    from: correspondentIn(from) ?? owner,
    to: [to],
    subject: shortened(own.includes('=?') ? decodeWords(Buffer.from(own).toString('latin1')) : own),
    date: now,
    messageId,
    ...(mime ? { text: '', entity: reason } : { text: reason }),
    extra: [
      ...threading(letter),
      ['Auto-Submitted', 'auto-replied (vacation)'],
      ['Precedence', 'bulk'],
      // What Exchange and Outlook understand.
      ['X-Auto-Response-Suppress', 'All'],
    ],
  })
}

const importances = { '1': 'high', '2': 'normal', '3': 'low' } as const
const priorities = { '1': '1 (High)', '2': '3 (Normal)', '3': '5 (Low)' } as const

export function composeNotice(
  { letter, owner, messageId, now }: Occasion,
  { mailto, from, importance, message }: Notice,
): Buffer {
  const subject = letter.fields('subject')[0] ?? ''
  const said = mailto.subject || message || `[New mail] ${subject}`
  const sender = letter.fields('from')[0] ?? ''
  return compose({
    from: correspondentIn(from) ?? owner,
    to: mailto.to,
    cc: mailto.cc.filter((one) => !mailto.to.some((other) => sameAddress(one, other))),
    subject: shortened(said),
    date: now,
    messageId,
    text: mailto.body || (message === '' ? `From: ${sender}\nSubject: ${subject}\n` : message),
    extra: [
      ...mailto.fields.map(([name, value]) => [name, oneLine(value)] as const),
      ...threading(letter).filter(([name]) => name === 'References'),
      ['Auto-Submitted', `auto-notified; owner-email="${formatAddress(owner)}"`],
      ['X-Sieve', 'Amplop'],
      ['Importance', importances[importance]],
      ['X-Priority', priorities[importance]],
      ['Precedence', 'bulk'],
    ],
  })
}

/** RFC 5322 §3.6.4 */
function threading(letter: LetterView): (readonly [string, string])[] {
  const [id] = idsIn(letter, 'message-id')
  if (id === undefined) return []
  const before = idsIn(letter, 'references')
  const chain = before.length > 0 ? before : idsIn(letter, 'in-reply-to')
  const all = [...chain.slice(-referencesMax), id].map((one) => `<${one}>`)
  return [
    ['In-Reply-To', `<${id}>`],
    ['References', all.join(' ')],
  ]
}

function idsIn(letter: LetterView, name: string): readonly string[] {
  return letter
    .rawFields(name)
    .flatMap((raw) => parseMessageIds(raw))
    .filter(isPlain)
}

function isPlain(id: string): boolean {
  return id.length < 250 && /^[!-;=?-~]+$/.test(id)
}

/** "Ana <ana@example.com>"; undefined where it names nobody. */
export function correspondentIn(text: string): Correspondent | undefined {
  const [found] = mailboxesOf(parseAddressList(Buffer.from(text).toString('latin1')))
  return found && { local: found.local, domain: found.domain, name: found.name }
}

function shortened(text: string): string {
  const line = oneLine(text)
  return line.length <= subjectMaxChars
    ? line
    : `${line.slice(0, subjectMaxChars - 1)}…`.toWellFormed()
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\0]+/g, ' ')
}
