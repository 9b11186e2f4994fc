// Signs what leaves here, RFC 6376 §5 and RFC 8463. Knows keys as they are handed to it, and not
// whose mail deserves a signature.
import { createHash, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { canonicalField } from './canonical.ts'
import type { SealedText } from './sealed-text.ts'

export interface SigningKey {
  readonly domain: string
  readonly selector: string
  readonly algorithm: 'rsa-sha256' | 'ed25519-sha256'
  readonly key: KeyObject
}

/** A second one of these would be shown by some reader: they are signed once more than they are. */
const oversigned = [
  ...['from', 'to', 'cc', 'subject', 'date', 'message-id', 'reply-to', 'sender'],
  ...['mime-version', 'content-type', 'content-transfer-encoding'],
]
const signed = [
  ...['in-reply-to', 'references', 'list-id', 'list-post', 'list-help'],
  ...['list-unsubscribe', 'list-unsubscribe-post', 'list-subscribe', 'list-owner', 'list-archive'],
]

/** Long enough for every queue, too short for mail that somebody sends again and again. */
const lifeS = 7 * 86_400

/** A DKIM-Signature field for each key, with their CRLF; `now` in milliseconds since 1970. */
export async function signDkim(
  text: SealedText,
  keys: readonly SigningKey[],
  now: number,
): Promise<string> {
  const names = signedNames(text)
  const [body] = await text.bodies([{ form: 'relaxed', length: undefined }])
  const header = text.signed(names, 'relaxed')
  const at = Math.floor(now / 1000)
  const fields = await Promise.all(
    keys.map(async ({ key, domain, selector, algorithm }) => {
      const field = [
        `DKIM-Signature: v=1; a=${algorithm}; c=relaxed/relaxed; d=${domain};`,
        ` s=${selector}; t=${at}; x=${at + lifeS};`,
        ` bh=${body!.hash};`,
        ...folded(`h=${names.join(':')};`),
        ' b=',
      ].join('\r\n')
      const data = header + canonicalField(field, 'relaxed').replace(/\r\n$/, '')
      return `${field}${wrapped(await signatureOf(data, key))}\r\n`
    }),
  )
  return fields.join('')
}

function signedNames(text: SealedText): readonly string[] {
  const counts = new Map<string, number>()
  for (const { name } of text.fields) counts.set(name, (counts.get(name) ?? 0) + 1)
  const times = (name: string, count: number) => Array<string>(count).fill(name)
  return [
    ...oversigned.flatMap((name) => times(name, (counts.get(name) ?? 0) + 1)),
    ...signed.flatMap((name) => times(name, counts.get(name) ?? 0)),
  ]
}

const signing = promisify(
  (
    algorithm: 'sha256' | null,
    data: Buffer,
    key: KeyObject,
    done: (error: Error | null, made: Buffer) => void,
  ) => sign(algorithm, data, key, done),
)

/** Of a Latin-1 string, as base64; made off the event loop. */
export async function signatureOf(data: string, key: KeyObject): Promise<string> {
  const bytes = Buffer.from(data, 'latin1')
  const made =
    key.asymmetricKeyType === 'ed25519'
      ? await signing(null, createHash('sha256').update(bytes).digest(), key)
      : await signing('sha256', bytes, key)
  return made.toString('base64')
}

const lineLength = 72

/** Names, broken before a colon where a line is full. */
function folded(names: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const piece of names.split(/(?=:)/)) {
    if (line.length + piece.length > lineLength) {
      lines.push(` ${line}`)
      line = ''
    }
    line += piece
  }
  return [...lines, ` ${line}`]
}

/** What stands behind "b=", in lines of 72. */
export function wrapped(base64: string): string {
  return [base64.slice(0, 70), ...(base64.slice(70).match(/.{1,72}/g) ?? [])].join('\r\n ')
}
