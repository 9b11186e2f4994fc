// What is kept of a message's digest beside it, so that lists, searches and threads need not read
// it: made once, where the message is looked at.
import { hash } from 'node:crypto'
import type { AddressEntry, Mailbox } from '../message/address-list.ts'
import { baseSubject } from '../message/base-subject.ts'
import type { Digest } from '../message/digest.ts'
import type { HeaderEnvelope } from '../message/envelope.ts'
import { envelopeText } from '../message/envelope-text.ts'
import { type HeaderSection, scanHeader } from '../message/header-fields.ts'
import { packFields } from '../message/listed-fields.ts'
import { structureText } from '../message/structure-text.ts'
import type { ThreadKeys } from './threads.ts'

/** Plain data, fit for a job's arguments. */
export interface Facts {
  /** The digest as JSON. */
  readonly digest: string
  /** The base subject, folded, at most 255 characters. */
  readonly subject: string
  /** What its header fields say, folded, for searches; see `headsOf`. */
  readonly heads: string
  /** The Date field in milliseconds since 1970, or null. */
  readonly sentAt: number | null
  readonly threadKeys: ThreadKeys
  /** IMAP's ENVELOPE and BODYSTRUCTURE; see envelope-text.ts and structure-text.ts. */
  readonly envelope: string
  readonly structure: string
  /** The common header fields; see listed-fields.ts. */
  readonly fields: Uint8Array
  /** What it is called and what it answers; see `linksOf`. */
  readonly links: string
}

const subjectMaxChars = 255
const headsMaxChars = 2_000
/** At the end of heads that were cut: such a message may say anything. */
export const cutMark = '\uffff'

/**
 * Of a digest, the bytes it was made from and their header. `added` is header fields put in front
 * of them.
 */
export function factsOf(
  digest: Digest,
  bytes: Buffer,
  added = '',
  scanned: HeaderSection = scanHeader(bytes),
): Facts {
  const { envelope } = digest
  const own = bytes.subarray(0, digest.headerSize)
  const head = added === '' ? bytes : Buffer.concat([Buffer.from(added), own])
  const header = added === '' ? scanned : scanHeader(head)
  const base = fold(baseSubject(envelope.subject))
  return {
    digest: JSON.stringify(digest),
    subject: base.slice(0, subjectMaxChars).toWellFormed(),
    heads: headsOf(envelope),
    sentAt: envelope.date,
    threadKeys: threadKeysOf(envelope, base),
    envelope: envelopeText(head, header),
    structure: structureText(bytes, digest.structure, scanned),
    // A copy: a small buffer shares its memory with others, and would take them along.
    fields: new Uint8Array(packFields(head, header)),
    links: linksOf(envelope),
  }
}

/**
 * Texts are compared by i;unicode-casemap, RFC 5051 §2: without regard to case, and decomposed. It
 * goes to small letters, which leaves out those that are one as capitals only.
 */
export function fold(text: string): string {
  if (!/[^\x00-\x7f]/.test(text)) return text.toLowerCase()
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('\u03c2', '\u03c3')
    .replaceAll('\u0131', 'i')
}

export type HeadField = 'from' | 'to' | 'cc' | 'bcc' | 'subject' | 'message-id'

/** A header field as text, not folded: "Name <local@domain>, …", the subject, "<id>". */
export function headOf(envelope: HeaderEnvelope, field: HeadField): string {
  if (field === 'subject') return envelope.subject
  if (field === 'message-id') return envelope.messageId === '' ? '' : `<${envelope.messageId}>`
  return addressesText(envelope[field])
}

function addressesText(entries: readonly AddressEntry[]): string {
  return entries.flatMap(entryTexts).join(', ')
}

/** A group has a name of its own, "undisclosed recipients:;", before its members. */
function entryTexts(entry: AddressEntry): string[] {
  return 'group' in entry
    ? [`${entry.group}:;`, ...entry.members.map(addressText)]
    : [addressText(entry)]
}

function addressText({ name, local, domain }: Mailbox): string {
  const address = domain === '' ? local : `${local}@${domain}`
  return name === '' ? `<${address}>` : `${name} <${address}>`
}

export const headFields: readonly HeadField[] = ['from', 'to', 'cc', 'bcc', 'subject', 'message-id']

function headsOf(envelope: HeaderEnvelope): string {
  const heads = fold(headFields.map((field) => headOf(envelope, field)).join('\n'))
  if (heads.length <= headsMaxChars) return heads.toWellFormed()
  return heads.slice(0, headsMaxChars).toWellFormed() + cutMark
}

/** A header field of heads, folded; undefined where they do not tell. */
export function headLine(heads: string, field: HeadField): string | undefined {
  if (heads.endsWith(cutMark)) return undefined
  const lines = heads.split('\n')
  return lines.length === headFields.length ? lines[headFields.indexOf(field)] : undefined
}

/**
 * RFC 5256 §3: the Message-ID, or nothing, and after a blank each those of what it answers, the
 * oldest first.
 */
function linksOf({ messageId, references, inReplyTo }: HeaderEnvelope): string {
  const answered = references.length > 0 ? references : inReplyTo.slice(0, 1)
  return [messageId, ...answered].join(' ')
}

const referencesMax = 10

/**
 * RFC 8621 §3: messages are of one thread when they name a Message-ID in common and have the same
 * subject, blanks aside.
 */
export function threadKeysOf(envelope: HeaderEnvelope, base: string): ThreadKeys {
  const { references, inReplyTo, messageId } = envelope
  const near = references.slice(-referencesMax).reverse()
  const answered = new Set([...near, ...inReplyTo.slice(0, 1), ...references.slice(0, 1)])
  answered.delete(messageId)
  const subject = base.replace(/\s+/g, '')
  const key = (id: string) => hashOf(`${id}\n${subject}`)
  return { own: messageId === '' ? null : key(messageId), answered: [...answered].map(key) }
}

/** 52 bits. */
export function hashOf(text: string): number {
  return Number.parseInt(hash('sha1', text).slice(0, 13), 16)
}
