// An object's bytes to a message as the gateway takes it, or to the words on why it is none. Pure:
// knows neither who sends nor where it goes.
import { isUtf8 } from 'node:buffer'
import type { Reply } from '../../base/reply.ts'
import { type Address, formatAddress, readAddress } from '../../message/address.ts'
import { looksLikePython, parsePython } from './python-dict.ts'
import { replies } from './replies.ts'

/** A message as a client of the gateway means it: every field checked, "" or [] where not given. */
export interface Submission {
  readonly sender: Address
  /** At least one, each once. A `domain` of "" is for the receiving side to fill in. */
  readonly recipients: readonly Address[]
  readonly subject: string
  readonly body: string
  readonly html: string
  readonly replyTo: Address | null
  readonly board: string
  readonly tags: readonly string[]
  readonly priority: '' | 'low' | 'normal' | 'high'
  readonly token: string
  /** The client's own name for this message: said again within a day, it is not sent again. */
  readonly id: string
}

/** The object is no message; `reply` says so, naming the field. */
export class BadField extends Error {
  readonly reply: Reply

  constructor(reply: Reply, text: string) {
    super(text)
    this.reply = { ...reply, text }
  }
}

export const fieldLimits = {
  keysMax: 64,
  subjectMaxLength: 2000,
  wordMaxLength: 200,
  tagsMax: 20,
  tagMaxLength: 64,
} as const

/** Parses JSON, or failing that a Python dict. @throws BadField */
export function parseObject(bytes: Buffer): Record<string, unknown> {
  if (!isUtf8(bytes)) throw new BadField(replies.noJson, 'not UTF-8')
  const text = bytes.toString().replace(/^\ufeff/, '')
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadField(replies.noJson, 'not a JSON object')
  if (Object.keys(value).length > fieldLimits.keysMax)
    throw new BadField(replies.badField, `more than ${fieldLimits.keysMax} fields`)
  return value as Record<string, unknown>
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    try {
      if (looksLikePython(text)) return parsePython(text)
    } catch {
      // It only looked so; what is said is that it is no JSON.
    }
    throw new BadField(replies.noJson, 'not valid JSON')
  }
}

/** Checks the fields; keys that are not known are ignored. @throws BadField */
export function submission(object: Record<string, unknown>, recipientsMax: number): Submission {
  const fields = new Fields(object)
  for (const name of ['sender', 'recipient', 'subject', 'body'])
    if (!fields.has(name)) throw new BadField(replies.badField, `${name} is missing`)
  return {
    sender: fields.address('sender', false),
    recipients: fields.recipients(recipientsMax),
    subject: fields.line('subject', fieldLimits.subjectMaxLength),
    body: fields.text('body'),
    html: fields.text('html'),
    replyTo: fields.has('replyTo') ? fields.address('replyTo', false) : null,
    board: fields.board(),
    tags: fields.tags(),
    priority: fields.priority(),
    token: fields.line('token', fieldLimits.wordMaxLength),
    id: fields.line('id', fieldLimits.wordMaxLength),
  }
}

/** Reads own properties only, so that "__proto__" and "constructor" are keys like any other. */
class Fields {
  readonly #object: Record<string, unknown>

  constructor(object: Record<string, unknown>) {
    this.#object = object
  }

  /** Whether the field is given; null is taken as not given. */
  has(name: string): boolean {
    return Object.hasOwn(this.#object, name) && this.#object[name] !== null
  }

  text(name: string): string {
    if (!this.has(name)) return ''
    const value = this.#object[name]
    if (typeof value !== 'string') throw bad(name, 'must be a string')
    // A lone surrogate is no character and would become some other byte on each way out.
    return value.toWellFormed()
  }

  /** Text that ends up in a header field or a log: one line, refused rather than repaired. */
  line(name: string, maxLength: number): string {
    const text = this.text(name)
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text))
      throw bad(name, 'must be one line without control characters')
    if (text.length > maxLength) throw bad(name, `is longer than ${maxLength} characters`)
    return text
  }

  address(name: string, domainless: boolean): Address {
    return addressIn(name, this.line(name, 1000), domainless)
  }

  recipients(max: number): readonly Address[] {
    const value = this.#object.recipient
    if (typeof value !== 'string' && !strings(value))
      throw bad('recipient', 'must be a string or a list of strings')
    const texts = typeof value === 'string' ? split(value) : value.flatMap(split)
    if (texts.length === 0) throw bad('recipient', 'is empty')
    if (texts.length > max) throw bad('recipient', `names more than ${max} addresses`)
    const unique = new Map<string, Address>()
    for (const text of texts) {
      if (/[\x00-\x1f\x7f]/.test(text))
        throw bad('recipient', 'must be one line without control characters')
      const address = addressIn('recipient', text, true)
      unique.set(formatAddress(address), address)
    }
    return [...unique.values()]
  }

  board(): string {
    const board = this.line('board', 64).toLowerCase()
    if (board === '' || /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/.test(board)) return board
    throw bad('board', 'must be letters, digits, ".", "_" and "-"')
  }

  tags(): readonly string[] {
    if (!this.has('tags')) return []
    const value = this.#object.tags
    const tags = typeof value === 'string' ? value.split(',') : value
    if (!strings(tags)) throw bad('tags', 'must be a list of strings')
    if (tags.length > fieldLimits.tagsMax)
      throw bad('tags', `must be at most ${fieldLimits.tagsMax}`)
    return tags
      .map((tag) => new Fields({ tags: tag.trim() }).line('tags', fieldLimits.tagMaxLength))
      .filter((tag) => tag !== '')
  }

  priority(): Submission['priority'] {
    const priority = this.text('priority')
    if (priority === '' || priority === 'low' || priority === 'normal' || priority === 'high')
      return priority
    throw bad('priority', 'must be "low", "normal" or "high"')
  }
}

function bad(name: string, what: string): BadField {
  return new BadField(replies.badField, `${name} ${what}`)
}

function strings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function addressIn(name: string, text: string, domainless: boolean): Address {
  const bare = /^<.*>$/.test(text) ? text.slice(1, -1) : text
  const address = readAddress(bare, { smtpUtf8: true, domainless })
  if (typeof address === 'object') return address
  throw new BadField(
    replies.badAddress,
    `${name} ${JSON.stringify(text.slice(0, 80))} is no address: ${address}`,
  )
}

/** Addresses separated by commas, those inside quoted local parts left alone. */
function split(list: string): string[] {
  const parts: string[] = []
  let from = 0
  let quoted = false
  for (let at = 0; at < list.length; at++) {
    const letter = list[at]
    if (quoted && letter === '\\') at++
    else if (letter === '"') quoted = !quoted
    else if (letter === ',' && !quoted) {
      parts.push(list.slice(from, at))
      from = at + 1
    }
  }
  parts.push(list.slice(from))
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}
