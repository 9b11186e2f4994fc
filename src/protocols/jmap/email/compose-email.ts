// An email that a client makes (RFC 8621 §4.6), as bytes: its parts, each in the smallest encoding
// that passes everywhere.
import { randomBytes } from 'node:crypto'
import { encodeBody } from '../../../message/body-encode.ts'
import { isObject, type Json } from '../args.ts'
import { invalidProperties, SetFailure } from '../errors.ts'
import { headFieldsOf, isHeadProperty, partFieldsOf } from './compose-fields.ts'

export interface ComposePorts {
  /** The bytes of a blob; undefined where there is none. */
  readonly blob: (id: string) => Promise<Buffer | undefined>
  readonly serverName: string
  readonly now: number
}

const known = new Set([
  ...['mailboxIds', 'keywords', 'receivedAt', 'bodyStructure', 'bodyValues'],
  ...['textBody', 'htmlBody', 'attachments'],
])
const depthMax = 20
const partsMax = 500

/** @throws SetFailure */
export async function composeEmail(value: Json, ports: ComposePorts): Promise<Buffer> {
  const strange = Object.keys(value).filter((name) => !known.has(name) && !isHeadProperty(name))
  if (strange.length > 0) throw invalidProperties(strange)
  const composer = new Composer(value, ports)
  const root = composer.root()
  const rootFields = Object.keys(root).filter((name) => name.startsWith('header:'))
  const twice = rootFields.filter((name) => name in value)
  if (twice.length > 0) throw invalidProperties(twice)
  const head = headFieldsOf(value, ports.serverName, ports.now)
  const body = await composer.part(root, 0)
  await composer.finish()
  return Buffer.concat([Buffer.from(`${head}MIME-Version: 1.0\r\n`, 'utf8'), body])
}

class Composer {
  readonly #value: Json
  readonly #ports: ComposePorts
  readonly #texts: Json
  readonly #missing = new Set<string>()
  #parts = 0

  constructor(value: Json, ports: ComposePorts) {
    this.#value = value
    this.#ports = ports
    this.#texts = isObject(value.bodyValues) ? value.bodyValues : {}
  }

  /** The one part that holds all others. */
  root(): Json {
    const { bodyStructure, bodyValues } = this.#value
    if (bodyValues !== undefined && bodyValues !== null && !isObject(bodyValues))
      throw invalidProperties(['bodyValues'])
    if (bodyStructure !== undefined && bodyStructure !== null) {
      const others = ['textBody', 'htmlBody', 'attachments'].filter((name) => this.#value[name])
      if (!isObject(bodyStructure) || others.length > 0)
        throw invalidProperties(['bodyStructure', ...others])
      return bodyStructure
    }
    const text = this.#single('textBody', 'text/plain')
    const html = this.#single('htmlBody', 'text/html')
    const attachments = this.#attachments()
    const body = text && html ? multipart('alternative', [text, html]) : (text ?? html)
    const inline = attachments.filter(({ disposition, cid }) => disposition === 'inline' && cid)
    const others = attachments.filter((part) => !inline.includes(part))
    const shown = body && inline.length > 0 ? multipart('related', [body, ...inline]) : body
    const loose = body ? others : attachments
    if (!shown && loose.length === 0) return { type: 'text/plain', partId: '' }
    const all = [...(shown ? [shown] : []), ...loose]
    return all.length === 1 && shown ? shown : multipart('mixed', all)
  }

  /** Throws what was noticed on the way. */
  finish(): Promise<void> {
    if (this.#missing.size === 0) return Promise.resolve()
    throw new SetFailure('blobNotFound', '', { notFound: [...this.#missing] })
  }

  /** Its own header fields, an empty line, and its content. */
  async part(part: Json, depth: number): Promise<Buffer> {
    if (depth > depthMax || ++this.#parts > partsMax) throw invalidProperties(['bodyStructure'])
    const type = part.type ?? (part.subParts ? 'multipart/mixed' : 'text/plain')
    if (typeof type !== 'string' || !/^[!#-'*+.0-9A-Z^-~-]+\/[!#-'*+.0-9A-Z^-~-]+$/i.test(type))
      throw invalidProperties(['type'])
    if (part.headers !== undefined) throw invalidProperties(['headers'])
    if (type.toLowerCase().startsWith('multipart/')) return this.#multipart(part, type, depth)
    const content = await this.#content(part, type)
    const fields = [
      `Content-Type: ${type}${paramOf('name', part.name)}${content.charset}`,
      ...dispositionOf(part),
      `Content-Transfer-Encoding: ${content.encoding}`,
    ]
    return Buffer.concat([
      Buffer.from(`${partFieldsOf(part)}${fields.join('\r\n')}\r\n${describing(part)}\r\n`, 'utf8'),
      content.bytes,
    ])
  }

  async #multipart(part: Json, type: string, depth: number): Promise<Buffer> {
    const { subParts, partId, blobId } = part
    const fits = Array.isArray(subParts) && subParts.length > 0 && subParts.every(isObject)
    if (!fits || partId || blobId) throw invalidProperties(['bodyStructure'])
    const boundary = randomBytes(18).toString('hex')
    const head = `${partFieldsOf(part)}Content-Type: ${type};\r\n boundary="${boundary}"\r\n`
    const pieces: Buffer[] = [Buffer.from(`${head}${describing(part)}`, 'utf8')]
    for (const each of subParts as Json[]) {
      pieces.push(Buffer.from(`\r\n--${boundary}\r\n`), await this.part(each, depth + 1))
    }
    pieces.push(Buffer.from(`\r\n--${boundary}--\r\n`))
    return Buffer.concat(pieces)
  }

  async #content(part: Json, type: string) {
    const { partId, blobId } = part
    if (typeof partId === 'string' && !blobId) return this.#text(part, partId)
    if (typeof blobId !== 'string' || partId) throw invalidProperties(['bodyStructure'])
    const bytes = await this.#ports.blob(blobId)
    if (!bytes) this.#missing.add(blobId)
    const charset = typeof part.charset === 'string' ? paramOf('charset', part.charset) : ''
    const content = bytes ?? Buffer.alloc(0)
    if (/^message\/(?:rfc822|global)$/i.test(type))
      return { charset: '', encoding: is7bit(content) ? '7bit' : '8bit', bytes: content }
    const lines = content.toString('base64').match(/.{1,76}/g) ?? []
    return { charset, encoding: 'base64', bytes: Buffer.from(lines.join('\r\n')) }
  }

  #text(part: Json, partId: string) {
    if (part.charset || part.size) throw invalidProperties(['charset'])
    const given = partId === '' ? { value: '' } : this.#texts[partId]
    if (!isObject(given) || typeof given.value !== 'string') throw invalidProperties(['bodyValues'])
    if (given.isEncodingProblem || given.isTruncated) throw invalidProperties(['bodyValues'])
    const { encoding, bytes } = encodeBody(given.value)
    // The line end that a body must have is not the client's, where a boundary brings its own.
    const own = given.value.endsWith('\n') ? bytes : withoutLastLineEnd(bytes, encoding)
    return { charset: '; charset=utf-8', encoding: encoding as string, bytes: own }
  }

  #single(property: 'textBody' | 'htmlBody', type: string): Json | undefined {
    const list = this.#value[property]
    if (list === undefined || list === null) return undefined
    const [first, ...others] = Array.isArray(list) ? list : []
    const fits = isObject(first) && others.length === 0 && (first.type ?? type) === type
    if (!fits) throw invalidProperties([property])
    return { type, ...first }
  }

  #attachments(): readonly Json[] {
    const list = this.#value.attachments ?? []
    if (!Array.isArray(list) || !list.every(isObject)) throw invalidProperties(['attachments'])
    return list.map((part) => ({
      disposition: 'attachment',
      type: 'application/octet-stream',
      ...part,
    }))
  }
}

function multipart(subtype: string, subParts: readonly Json[]): Json {
  return { type: `multipart/${subtype}`, subParts }
}

function is7bit(bytes: Buffer): boolean {
  return bytes.every((byte) => byte < 128 && byte !== 0)
}

function withoutLastLineEnd(bytes: Buffer, encoding: string): Buffer {
  const text = encoding === 'base64' ? undefined : bytes
  if (!text) {
    const plain = Buffer.from(bytes.toString('latin1'), 'base64')
    const lines =
      plain
        .subarray(0, plain.length - 2)
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    return Buffer.from(lines.join('\r\n'))
  }
  return text.subarray(0, text.length - 2)
}

function dispositionOf({ disposition, name }: Json): readonly string[] {
  if (disposition === undefined || disposition === null) {
    return name ? [`Content-Disposition: attachment${paramOf('filename', name)}`] : []
  }
  if (typeof disposition !== 'string' || !/^[a-z0-9-]{1,40}$/i.test(disposition))
    throw invalidProperties(['disposition'])
  return [`Content-Disposition: ${disposition}${paramOf('filename', name)}`]
}

/** Content-ID, -Language and -Location. */
function describing({ cid, language, location }: Json): string {
  let text = ''
  if (cid !== undefined && cid !== null) {
    if (typeof cid !== 'string' || !/^[\x21-\x7e]{1,300}$/.test(cid) || /[<>]/.test(cid))
      throw invalidProperties(['cid'])
    text += `Content-ID: <${cid}>\r\n`
  }
  if (language !== undefined && language !== null) {
    const fits =
      Array.isArray(language) && language.every((each) => /^[\w-]{1,40}$/.test(String(each)))
    if (!fits) throw invalidProperties(['language'])
    text += `Content-Language: ${language.join(', ')}\r\n`
  }
  if (location !== undefined && location !== null) {
    if (typeof location !== 'string' || !/^[\x21-\x7e]{1,900}$/.test(location))
      throw invalidProperties(['location'])
    text += `Content-Location: ${location}\r\n`
  }
  return text
}

/** RFC 2231 where the value is not plain. */
function paramOf(name: string, value: unknown): string {
  if (value === undefined || value === null || value === '') return ''
  if (typeof value !== 'string' || /[\r\n\0]/.test(value)) throw invalidProperties([name])
  if (/^[\x20-\x7e]{1,60}$/.test(value)) return `;\r\n ${name}="${value.replace(/["\\]/g, '\\$&')}"`
  const encoded = encodeURIComponent(value.toWellFormed()).replace(/['()*]/g, hexed)
  const pieces = encoded.match(/(?:%[0-9A-F]{2}|[^%]){1,20}/g) ?? []
  if (pieces.length === 1) return `;\r\n ${name}*=utf-8''${encoded}`
  return pieces
    .map((piece, n) => `;\r\n ${name}*${n}*=${n === 0 ? "utf-8''" : ''}${piece}`)
    .join('')
}

function hexed(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16).toUpperCase()}`
}
