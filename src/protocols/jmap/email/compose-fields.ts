// The header of an email that a client makes, RFC 8621 §4.6: properties to fields.
import { randomUUID } from 'node:crypto'
import { parseAddress } from '../../../message/address.ts'
import { addressField, foldWords, textField } from '../../../message/header-encode.ts'
import { isObject, type Json } from '../args.ts'
import { invalidProperties } from '../errors.ts'
import { type HeaderWish, headerWish } from './header-forms.ts'

const fields: Readonly<Record<string, string>> = {
  messageId: 'header:Message-ID:asMessageIds',
  inReplyTo: 'header:In-Reply-To:asMessageIds',
  references: 'header:References:asMessageIds',
  sender: 'header:Sender:asAddresses',
  from: 'header:From:asAddresses',
  to: 'header:To:asAddresses',
  cc: 'header:Cc:asAddresses',
  bcc: 'header:Bcc:asAddresses',
  replyTo: 'header:Reply-To:asAddresses',
  subject: 'header:Subject:asText',
  sentAt: 'header:Date:asDate',
}

export function isHeadProperty(name: string): boolean {
  return name in fields || name.startsWith('header:')
}

/** Fields as text, each ended by CRLF. @throws SetFailure */
export function headFieldsOf(value: Json, serverName: string, now: number): string {
  const seen = new Set<string>()
  let text = ''
  for (const [property, each] of Object.entries(value)) {
    if (!isHeadProperty(property)) continue
    const name = fields[property] ?? property
    const wish = headerWish(name)
    if (!wish || wish.name.startsWith('content-') || seen.has(wish.name))
      throw invalidProperties([property])
    seen.add(wish.name)
    if (each !== null) text += fieldsFor(property, name.split(':')[1]!, wish, each)
  }
  if (!seen.has('message-id')) text += `Message-ID: <${randomUUID()}@${serverName}>\r\n`
  if (!seen.has('date')) text += `Date: ${writtenDate(new Date(now).toISOString())}\r\n`
  return text
}

/** Of a part, but of its content, of which other properties tell. @throws SetFailure */
export function partFieldsOf(part: Json): string {
  let text = ''
  for (const [property, each] of Object.entries(part)) {
    if (!property.startsWith('header:')) continue
    const wish = headerWish(property)
    if (!wish || /^content-(?:transfer-encoding|type|disposition)$/.test(wish.name))
      throw invalidProperties([property])
    if (each !== null) text += fieldsFor(property, property.split(':')[1]!, wish, each)
  }
  return text
}

function fieldsFor(property: string, name: string, wish: HeaderWish, value: unknown): string {
  if (!wish.all) return fieldOf(property, name, wish, value)
  if (!Array.isArray(value)) throw invalidProperties([property])
  return value.map((each) => fieldOf(property, name, wish, each)).join('')
}

function fieldOf(property: string, name: string, { form }: HeaderWish, value: unknown): string {
  const wrong = () => invalidProperties([property])
  switch (form) {
    case 'Raw': {
      if (typeof value !== 'string' || /\r\n(?![ \t])|[\0]|\r(?!\n)|(?<!\r)\n/.test(value))
        throw wrong()
      return `${name}:${value}\r\n`
    }
    case 'Text':
      if (typeof value !== 'string' || /[\r\n\0]/.test(value)) throw wrong()
      return value === '' ? `${name}: \r\n` : textField(name, value)
    case 'Addresses':
      return Array.isArray(value) && value.length === 0
        ? ''
        : addressField(name, addressesOf(value, wrong))
    case 'GroupedAddresses':
      return groupedField(name, value, wrong)
    case 'MessageIds': {
      const ids = stringsOf(value, wrong)
      if (ids.some((id) => /[\s<>]|[^\x21-\x7e]/.test(id))) throw wrong()
      return foldWords(
        name,
        ids.map((id) => `<${id}>`),
      )
    }
    case 'Date':
      if (typeof value !== 'string') throw wrong()
      return `${name}: ${writtenDate(value, wrong)}\r\n`
    case 'URLs':
      return foldWords(
        name,
        stringsOf(value, wrong).map((url, n, all) => {
          if (/[\s<>]|[^\x21-\x7e]/.test(url)) throw wrong()
          return `<${url}>${n < all.length - 1 ? ',' : ''}`
        }),
      )
  }
}

type Wrong = () => Error

function stringsOf(value: unknown, wrong: Wrong): readonly string[] {
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) throw wrong()
  return value
}

function addressesOf(value: unknown, wrong: Wrong) {
  if (!Array.isArray(value)) throw wrong()
  return value.map((each: unknown) => {
    const { name = null, email } = isObject(each) ? each : {}
    if (typeof email !== 'string' || (name !== null && typeof name !== 'string')) throw wrong()
    if (/[\r\n\0]/.test(`${name ?? ''}${email}`)) throw wrong()
    const address = parseAddress(email, { smtpUtf8: true }) ?? loose(email, wrong)
    return { ...address, name: name ?? undefined }
  })
}

/** A draft may hold what is no address yet. */
function loose(email: string, wrong: Wrong) {
  if (!/^[^\s<>,;:"()]{1,300}$/.test(email)) throw wrong()
  const at = email.lastIndexOf('@')
  return { local: at < 0 ? email : email.slice(0, at), domain: at < 0 ? '' : email.slice(at + 1) }
}

function groupedField(name: string, value: unknown, wrong: Wrong): string {
  if (!Array.isArray(value)) throw wrong()
  const texts = value.map((group: unknown) => {
    if (!isObject(group)) throw wrong()
    const list = addressesOf(group.addresses, wrong)
    const inner =
      list.length === 0 ? '' : addressField('x', list).slice(2).replaceAll('\r\n', '').trim()
    if (group.name === null || group.name === undefined) return inner
    if (typeof group.name !== 'string' || /[\r\n\0]/.test(group.name)) throw wrong()
    const plain = /^[\w !#$%&'*+/=?^`{|}~-]+$/.test(group.name)
    const said = plain
      ? group.name
      : /[^\x20-\x7e]/.test(group.name)
        ? textField('x', group.name).slice(3).replaceAll('\r\n', '')
        : `"${group.name.replace(/["\\]/g, '\\$&')}"`
    return `${said}: ${inner};`
  })
  return foldWords(name, texts.join(', ').split(' '))
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const dateForm = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** RFC 5322 §3.3, in the zone that was said. */
function writtenDate(text: string, wrong: Wrong = () => invalidProperties(['sentAt'])): string {
  const match = dateForm.exec(text)
  if (!match || Number.isNaN(Date.parse(text))) throw wrong()
  const [, year = '', month, day = '', hour = '', minute = '', second = '', zone = ''] = match
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  const offset = zone === 'Z' ? '+0000' : zone.replace(':', '')
  const calendar = `${Number(day)} ${months[Number(month) - 1]} ${year}`
  return `${days[date.getUTCDay()]}, ${calendar} ${hour}:${minute}:${second} ${offset}`
}
