// An IMAP account as a source: its mailboxes by name and use, its messages read without a trace.
// Only the head of what is there already is fetched.
import type { ImapAccount } from './imap-account.ts'
import type { ImapResponse } from './imap-client.ts'
import type { CarriedMailbox, CarriedMessage, Seen, Skipped, Source } from './source.ts'
import { fromUtf7 } from './utf7.ts'

interface Listed {
  /** As the server writes it. */
  readonly name: string
  readonly separator: string
  readonly attributes: readonly string[]
}

/** RFC 6154 §2 and RFC 8621 §2. */
const roles: Readonly<Record<string, string>> = {
  '\\archive': 'archive',
  '\\drafts': 'drafts',
  '\\junk': 'junk',
  '\\sent': 'sent',
  '\\trash': 'trash',
}

/** The account is the caller's to close. */
export async function* imapSource(client: ImapAccount, maxBytes: number): Source {
  const prefix = await personalPrefix(client)
  const extended = client.capabilities.has('SPECIAL-USE') ? ' RETURN (SPECIAL-USE)' : ''
  const boxes = (await client.ask(`LIST "" "*"${extended}`)).flatMap(listedIn)
  for (const { name, separator, attributes } of boxes) {
    const has = (attribute: string) => attributes.includes(attribute)
    // What is in "\All" is in other mailboxes, or was archived: RFC 6154 §2.
    if (has('\\noselect') || has('\\nonexistent') || has('\\all')) continue
    const bare = name.startsWith(prefix) ? name.slice(prefix.length) : name
    yield {
      name: ourName(bare, separator),
      role: attributes.map((attribute) => roles[attribute]).find(Boolean) ?? '',
      messages: (seen) => messagesIn({ client, name, maxBytes, seen }),
    } satisfies CarriedMailbox
  }
}

/** RFC 9051 §6.3.10: "INBOX." where a server has all mailboxes below INBOX. */
async function personalPrefix(client: ImapAccount): Promise<string> {
  if (!client.capabilities.has('NAMESPACE')) return ''
  const told = (await client.ask('NAMESPACE')).find(({ text }) => /^\* NAMESPACE/i.test(text))
  return /^\* NAMESPACE \(\("((?:[^"\\]|\\.)*)"/i.exec(told?.text ?? '')?.[1] ?? ''
}

/** `* LIST (\HasNoChildren \Sent) "/" "Sent Mail"`; a name may be a literal, too. */
function listedIn({ text, literals }: ImapResponse): Listed[] {
  const parts = /^\* LIST \(([^)]*)\) (NIL|"(?:\\.|[^"])") (.*)$/is.exec(text)
  if (!parts) return []
  const [, attributes = '', separator = '', given = ''] = parts
  const literal = literals[0]
  const name =
    given.startsWith('\0') && literal ? `${literal}` : unquoted(given.split(' (')[0] ?? '')
  return [
    {
      name,
      separator: separator === 'NIL' ? '' : unquoted(separator),
      attributes: attributes.toLowerCase().split(' '),
    },
  ]
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text
}

function ourName(name: string, separator: string): string {
  const text = fromUtf7(name)
  if (separator === '/' || separator === '') return text
  return text.replaceAll('/', '_').replaceAll(separator, '/')
}

interface Reading {
  readonly client: ImapAccount
  readonly name: string
  readonly maxBytes: number
  readonly seen: Seen
}

/** How many messages are asked for at a time. */
const windowMessages = 200
const headFields = 'BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE SUBJECT)]'

async function* messagesIn(reading: Reading): AsyncGenerator<CarriedMessage | Skipped> {
  const { client, name, maxBytes, seen } = reading
  await client.examine(name)
  const found = await client.ask('UID SEARCH ALL')
  const uids = found
    .flatMap(({ text }) => /^\* SEARCH ([\d ]+)/i.exec(text)?.[1]?.trim().split(' ') ?? [])
    .map(Number)
    .sort((a, b) => a - b)
  for (let from = 0; from < uids.length; from += windowMessages) {
    const wanted: number[] = []
    const left = new Set(uids.slice(from, from + windowMessages))
    for await (const response of client.each(fetching(left, `(UID RFC822.SIZE ${headFields})`))) {
      const head = itemsIn(response)
      if (!head || !left.delete(head.uid)) continue
      if (head.size > maxBytes)
        yield { where: `${name}, UID ${head.uid}`, why: `larger than ${maxBytes} bytes` }
      else if (!seen(head.bytes, head.size)) wanted.push(head.uid)
    }
    if (wanted.length > 0) yield* fetched(reading, wanted)
  }
}

async function* fetched(
  { client, name, seen }: Reading,
  uids: readonly number[],
): AsyncGenerator<CarriedMessage | Skipped> {
  const items = '(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])'
  const left = new Set(uids)
  for await (const response of client.each(fetching(left, items))) {
    const message = itemsIn(response)
    if (!message || !left.delete(message.uid)) continue
    const { uid, size, bytes, flags, receivedAt } = message
    // There are servers whose sizes are guesses.
    if (bytes.length !== size && seen(bytes, bytes.length)) continue
    yield { where: `${name}, UID ${uid}`, bytes, flags, receivedAt }
  }
}

/** The command for what is left. */
function fetching(left: ReadonlySet<number>, items: string): () => string | undefined {
  return () => (left.size === 0 ? undefined : `UID FETCH ${[...left].join(',')} ${items}`)
}

interface Items {
  readonly uid: number
  readonly size: number
  readonly bytes: Buffer
  readonly flags: readonly string[]
  readonly receivedAt: number | undefined
}

/** What a FETCH response tells; undefined for any other, or for one of flags alone. */
function itemsIn({ text, literals }: ImapResponse): Items | undefined {
  if (!/^\* \d+ FETCH /i.test(text)) return undefined
  const uid = Number(/\bUID (\d+)/i.exec(text)?.[1] ?? 0)
  const size = Number(/\bRFC822\.SIZE (\d+)/i.exec(text)?.[1] ?? 0)
  const body = /\bBODY\[[^\]]*\] (NIL|\0|"((?:[^"\\]|\\.)*)")/i.exec(text)
  if (uid === 0 || !body) return undefined
  const plain = Buffer.from((body[2] ?? '').replace(/\\(.)/g, '$1'))
  const flags = /\bFLAGS \(([^)]*)\)/i.exec(text)?.[1] ?? ''
  const date = /\bINTERNALDATE "([^"]*)"/i.exec(text)?.[1] ?? ''
  const at = Date.parse(date.trim().replace(/^(\d+)-(\w+)-(\d+)/, '$1 $2 $3'))
  return {
    uid,
    size,
    bytes: body[1] === '\0' ? (literals[0] ?? plain) : plain,
    flags: flags.split(' ').filter((flag) => flag !== ''),
    receivedAt: Number.isNaN(at) ? undefined : at,
  }
}
