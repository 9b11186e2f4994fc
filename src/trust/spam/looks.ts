// What a message looks like, as far as that is told by itself: who it says to be from, where its
// links lead, what is attached. Knows neither the network it came by nor whom it is for.
import { mailboxesOf } from '../../message/address-list.ts'
import { decodeText } from '../../message/charset.ts'
import type { Digest } from '../../message/digest.ts'
import { scanHeader } from '../../message/header-fields.ts'
import { paramOf } from '../../message/parameters.ts'
import { plainText } from '../../message/plain-text.ts'
import type { Part } from '../../message/structure.ts'
import { decodeTransfer } from '../../message/transfer-decode.ts'
import { type Signal, signal } from './verdict.ts'
import type { Reading } from './words.ts'

export interface Looks {
  readonly reading: Reading
  readonly signals: readonly Signal[]
  /** "local@domain" in lower case, or "". */
  readonly from: string
  readonly fromDomain: string
}

const textMaxChars = 32 * 1024
const htmlMaxBytes = 256 * 1024
const linksMax = 50
const dayMs = 86_400_000
const gtube = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
const programs = /\.(?:exe|scr|com|bat|cmd|pif|vbs|vbe|js|jse|wsf|hta|lnk|msi|jar|ps1|iso|img)$/i
const link =
  /<a\b[^>]{0,500}?\bhref\s{0,5}=\s{0,5}["']?https?:\/\/([^/"'\s>:?#]{1,255})[^>]{0,2000}>([^<]{0,200})/gi
const anyUrl = /\bhttps?:\/\/([a-z0-9.-]{1,255})/gi
const shownHost = /(?:https?:\/\/|\bwww\.)([a-z0-9.-]{1,255})/i
const shownAddress = /[^\s@<>"'()]{1,64}@([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})/i

/** `head` is the message or its first MiB; `now` in milliseconds since 1970. */
export function looksOf(head: Buffer, digest: Digest, now: number): Looks {
  const { envelope, structure } = digest
  const authors = mailboxesOf(envelope.from)
  const author = authors[0]
  const fromDomain = (author?.domain ?? '').toLowerCase()
  const from = author && fromDomain !== '' ? `${author.local}@${fromDomain}`.toLowerCase() : ''
  const text = plainText(head, textMaxChars, structure)
  const html = htmlOf(head, structure)
  const links = linksOf(html, text)
  const fields = scanHeader(head).fields.filter(({ name }) => name === 'from').length
  const found: (Signal | undefined)[] = [
    head.includes(gtube) ? signal('gtube') : undefined,
    fields > 1 ? signal('several-authors') : undefined,
    nameOfAnother(author?.name ?? '', fromDomain),
    replyElsewhere(digest, fromDomain),
    links.another,
    programIn(structure),
    envelope.dateText === '' ? signal('no-date') : undefined,
    envelope.date !== null && Math.abs(envelope.date - now) > 2 * dayMs
      ? signal('date-far-off')
      : undefined,
    envelope.messageId === '' ? signal('no-message-id') : undefined,
    isShouting(envelope.subject) ? signal('shouting') : undefined,
  ]
  const marks: string[] = []
  if (html !== '' && !hasPlain(structure)) marks.push('html-only')
  if (digest.hasAttachment) marks.push('attachment')
  return {
    reading: {
      subject: envelope.subject,
      text,
      fromName: author?.name ?? '',
      fromDomain,
      linkHosts: links.hosts,
      marks,
    },
    signals: found.filter((one) => one !== undefined),
    from,
    fromDomain,
  }
}

/** "bank.example <x@evil.example>": people read the name. */
function nameOfAnother(name: string, domain: string): Signal | undefined {
  const shown = shownAddress.exec(name)
  if (!shown || sameSite(shown[1]!.toLowerCase(), domain)) return undefined
  return signal('name-of-another', shown[0])
}

function replyElsewhere({ envelope }: Digest, domain: string): Signal | undefined {
  const other = mailboxesOf(envelope.replyTo).find(
    (one) => one.domain !== '' && !sameSite(one.domain.toLowerCase(), domain),
  )
  // Lists have answers come to the list.
  return other ? signal('reply-elsewhere', `${other.local}@${other.domain}`) : undefined
}

function linksOf(html: string, text: string) {
  const hosts = new Set<string>()
  let another: Signal | undefined
  for (const [, host = '', shown = ''] of html.matchAll(link)) {
    if (hosts.size >= linksMax) break
    const leads = host.toLowerCase()
    hosts.add(leads)
    const says = shownHost.exec(shown)?.[1]?.toLowerCase()
    if (says !== undefined && !sameSite(says, leads))
      another ??= signal('link-of-another', `${says} leads to ${leads}`)
  }
  for (const [, host = ''] of text.matchAll(anyUrl)) {
    if (hosts.size >= linksMax) break
    hosts.add(host.toLowerCase())
  }
  return { hosts: [...hosts], another }
}

/** Of one organisation, as far as names tell: one is the other, or below it, "www." aside. */
function sameSite(a: string, b: string): boolean {
  const [left, right] = [a, b].map((name) => name.replace(/^www\./, '').replace(/\.$/, ''))
  return left === right || left!.endsWith(`.${right}`) || right!.endsWith(`.${left}`)
}

function isShouting(subject: string): boolean {
  const letters = subject.replace(/[^\p{L}]/gu, '')
  return letters.length >= 12 && letters === letters.toUpperCase() && /\p{Lu}/u.test(letters)
}

function* leaves(root: Part): Generator<Part, void> {
  const waiting = [root]
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    yield part
    if (part.parts) waiting.push(...part.parts)
  }
}

function programIn(root: Part): Signal | undefined {
  for (const { filename } of leaves(root))
    if (filename !== undefined && programs.test(filename))
      return signal('program-attached', filename.slice(0, 100))
  return undefined
}

function hasPlain(root: Part): boolean {
  for (const part of leaves(root)) if (part.type === 'text' && part.subtype === 'plain') return true
  return false
}

function htmlOf(head: Buffer, root: Part): string {
  for (const part of leaves(root)) {
    if (part.type !== 'text' || part.subtype !== 'html') continue
    const body = head.subarray(part.body, Math.min(part.end, head.length))
    const bytes = decodeTransfer(body, part.encoding, htmlMaxBytes)
    return decodeText(bytes, paramOf(part.params, 'charset'))
  }
  return ''
}
