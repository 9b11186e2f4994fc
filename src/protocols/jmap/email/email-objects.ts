// An email as a JMAP object (RFC 8621 §4.1): what stands ready beside it, and where more is asked
// for, what its bytes say.
import type { EmailObject } from '../../../mailbox/email-objects.ts'
import type { FlagNames } from '../../../mailbox/flags.ts'
import { MessageBytes } from '../../../mailbox/message-bytes.ts'
import type { AddressEntry } from '../../../message/address-list.ts'
import type { Digest } from '../../../message/digest.ts'
import type { HeaderEnvelope } from '../../../message/envelope.ts'
import type { Part } from '../../../message/structure.ts'
import { readStructure } from '../../../message/structure.ts'
import type { Args, Json } from '../args.ts'
import { blobIdOfEmail } from '../blob-ids.ts'
import { bytesOf } from '../blobs.ts'
import type { Rooms } from '../call.ts'
import { MethodError } from '../errors.ts'
import { keywordsOf } from '../keywords.ts'
import { Body, bodyDefaults, isBodyProperty } from './body.ts'
import {
  addressesOf,
  dateOf,
  type HeaderWish,
  headerValue,
  headerWish,
  headOf,
  rawHeaders,
} from './header-forms.ts'

const metadata = [...['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt']]
const heads = [
  ...['messageId', 'inReplyTo', 'references', 'sender', 'from', 'to', 'cc', 'bcc', 'replyTo'],
  ...['subject', 'sentAt'],
]
const bodies = ['bodyStructure', 'bodyValues', 'textBody', 'htmlBody', 'attachments']
const rest = ['hasAttachment', 'preview', 'headers']

/** RFC 8621 §4.2 */
const usual: readonly string[] = [
  ...metadata,
  ...heads,
  ...['hasAttachment', 'preview', 'bodyValues', 'textBody', 'htmlBody', 'attachments'],
]

export function isEmailProperty(name: string): boolean {
  const plain = [metadata, heads, bodies, rest].some((list) => list.includes(name))
  return plain || headerWish(name) !== undefined
}

/** What is wanted of emails. */
export interface EmailWish {
  readonly properties: readonly string[]
  readonly wishes: readonly HeaderWish[]
  readonly bodyProperties: readonly string[]
  readonly fetch: { readonly text: boolean; readonly html: boolean; readonly all: boolean }
  readonly maxBodyValueBytes: number
  /** Whether the bytes are to be read. */
  readonly deep: boolean
}

/** @throws MethodError */
export function emailWish(
  args: Args,
  asked: readonly string[] | undefined,
  otherwise: readonly string[] = usual,
): EmailWish {
  const properties = asked ?? otherwise
  const bodyProperties = args.strings('bodyProperties') ?? bodyDefaults
  if (!bodyProperties.every(isBodyProperty))
    throw new MethodError('invalidArguments', 'no such property of a body', {
      arguments: ['bodyProperties'],
    })
  const wishes = properties.flatMap((name) => headerWish(name) ?? [])
  const deep =
    wishes.length > 0 || properties.some((name) => bodies.includes(name) || name === 'headers')
  return {
    ...{ properties, wishes, bodyProperties, deep },
    fetch: {
      text: args.boolean('fetchTextBodyValues'),
      html: args.boolean('fetchHTMLBodyValues'),
      all: args.boolean('fetchAllBodyValues'),
    },
    maxBodyValueBytes: args.uint('maxBodyValueBytes') ?? 0,
  }
}

/** Emails as objects, by id. */
export async function emailObjectsOf(
  rooms: Rooms,
  account: string,
  emails: readonly EmailObject[],
  wish: EmailWish,
): Promise<Map<string, Json>> {
  const names = wish.properties.includes('keywords') ? await namesFor(rooms, account) : undefined
  const found = new Map<string, Json>()
  const sources = wish.deep ? emails.map((email) => bytesOf(rooms, email)) : []
  MessageBytes.ahead(sources)
  for (const [n, email] of emails.entries()) {
    const digest = JSON.parse(email.digest) as Digest
    const object: Record<string, unknown> = {}
    addMetadata(object, email, { digest, wish, names })
    const bytes = sources[n]
    if (bytes) {
      const whole = await bytes.whole()
      addDeep(object, {
        blobId: blobIdOfEmail(email.id),
        whole,
        digest,
        prefix: bytes.prefixSize,
        wish,
      })
    }
    found.set(email.id, object)
  }
  return found
}

function namesFor(rooms: Rooms, account: string): Promise<FlagNames> {
  return rooms.messages.flagNames(account)
}

interface Around {
  readonly digest: Digest
  readonly wish: EmailWish
  readonly names: FlagNames | undefined
}

function addMetadata(
  object: Record<string, unknown>,
  email: EmailObject,
  { digest, wish, names }: Around,
): void {
  for (const name of wish.properties) {
    switch (name) {
      case 'id':
        object.id = email.id
        break
      case 'blobId':
        object.blobId = blobIdOfEmail(email.id)
        break
      case 'threadId':
        object.threadId = String(email.thread)
        break
      case 'mailboxIds':
        object.mailboxIds = Object.fromEntries(email.places.map(({ mailbox }) => [mailbox, true]))
        break
      case 'keywords':
        object.keywords = keywordsOf(
          email.places.flatMap(({ flags, more }) => names?.of(flags, more) ?? []),
        )
        break
      case 'size':
        object.size = email.size
        break
      case 'receivedAt':
        object.receivedAt = utc(email.receivedAt)
        break
      default:
        if (name in ready) object[name] = ready[name]!(digest)
    }
  }
}

/** RFC 8620 §1.4: no fraction of a second where it is nought. */
export function utc(ms: number): string {
  return new Date(ms).toISOString().replace(/\.000Z$/, 'Z')
}

/** What the digest tells. */
const ready: Readonly<Record<string, (digest: Digest) => unknown>> = {
  messageId: ({ envelope }) => (envelope.messageId === '' ? null : [envelope.messageId]),
  inReplyTo: ({ envelope }) => orNull(envelope.inReplyTo),
  references: ({ envelope }) => orNull(envelope.references),
  sender: addresses('sender'),
  from: addresses('from'),
  to: addresses('to'),
  cc: addresses('cc'),
  bcc: addresses('bcc'),
  replyTo: addresses('replyTo'),
  subject: ({ envelope }) => (envelope.subject === '' ? null : envelope.subject.normalize('NFC')),
  sentAt: ({ envelope }) => (envelope.dateText === '' ? null : dateOf(envelope.dateText)),
  hasAttachment: (digest) => digest.hasAttachment,
  preview: (digest) => digest.preview,
}

function addresses(list: 'sender' | 'from' | 'to' | 'cc' | 'bcc' | 'replyTo') {
  return ({ envelope }: { readonly envelope: HeaderEnvelope }) => {
    const entries: readonly AddressEntry[] = envelope[list]
    return entries.length === 0 ? null : addressesOf(entries)
  }
}

function orNull(list: readonly string[]): readonly string[] | null {
  return list.length === 0 ? null : list
}

export interface DeepSource {
  readonly blobId: string
  /** The message as a client is given it. */
  readonly whole: Buffer
  readonly digest: Digest
  /** How much of it was put before the received bytes. */
  readonly prefix: number
  readonly wish: EmailWish
}

/** Adds what only the bytes tell. */
export function addDeep(object: Record<string, unknown>, source: DeepSource): void {
  const { blobId, whole, digest, prefix, wish } = source
  const bytes = whole.subarray(prefix)
  const head = headOf(whole.subarray(0, prefix + digest.headerSize))
  for (const each of wish.wishes) object[each.property] = headerValue(head, each)
  const wanted = new Set(wish.properties)
  if (wanted.has('headers')) object.headers = rawHeaders(head)
  if (!bodies.some((name) => wanted.has(name))) return
  const root: Part = digest.truncated ? readStructure(bytes) : digest.structure
  const body = new Body({ blobId, bytes, head, root }, wish.bodyProperties)
  const { lists } = body
  if (wanted.has('bodyStructure')) object.bodyStructure = body.structure
  for (const name of ['textBody', 'htmlBody', 'attachments'] as const)
    if (wanted.has(name)) object[name] = body.list(lists[name])
  if (!wanted.has('bodyValues')) return
  const texts = new Set<Part>([
    ...(wish.fetch.text ? lists.textBody : []),
    ...(wish.fetch.html ? lists.htmlBody : []),
    ...(wish.fetch.all ? body.texts() : []),
  ])
  object.bodyValues = body.values(texts, wish.maxBodyValueBytes)
}

/** The object of a message that is no email of the account, RFC 8621 §4.9. */
export function parsedObject(source: DeepSource): Json {
  const { digest, wish, blobId } = source
  const object: Record<string, unknown> = {}
  for (const name of wish.properties) {
    if (name === 'blobId') object.blobId = blobId
    else if (name === 'size') object.size = source.whole.length
    else if (metadata.includes(name)) object[name] = null
    else if (name in ready) object[name] = ready[name]!(digest)
  }
  if (wish.deep) addDeep(object, source)
  return object
}
