// "mailto:" as a way to notify: RFC 6068 §2 and RFC 5436 §2. Knows no message.
import type { Correspondent } from '../message/header-encode.ts'
import { addressesIn } from './one-address.ts'

export interface Mailto {
  readonly to: readonly Correspondent[]
  readonly cc: readonly Correspondent[]
  readonly bcc: readonly Correspondent[]
  /** "" where it names none. */
  readonly subject: string
  readonly body: string
  /** Further fields, by their names as they are written. */
  readonly fields: readonly (readonly [name: string, value: string])[]
}

const recipientsMax = 8
const fieldsMax = 32

/** RFC 5436 §2.3, §2.7: what a notification says itself, or nobody may say for it. */
const ownFields: ReadonlySet<string> = new Set([
  ...['from', 'sender', 'date', 'message-id', 'auto-submitted', 'received', 'return-path'],
  ...['mime-version', 'content-type', 'content-transfer-encoding', 'reply-to', 'x-sieve'],
  ...['importance', 'x-priority', 'references', 'in-reply-to'],
])

/** What a URL says, or in words why it says nothing. */
export function readMailto(url: string): Mailto | string {
  const [, path = '', query] = /^mailto:([^?#]*)(?:\?([^#]*))?$/i.exec(url) ?? []
  if (!/^mailto:/i.test(url)) return 'only mailto: is known'
  const strange = /[^A-Za-z0-9%!$'()*+,\-._~:@/&=]/.exec(path + (query ?? ''))
  if (strange || (path === '' && !query)) return `'${strange?.[0] ?? ''}' has no place in a URL`
  const fields: (readonly [string, string])[] = []
  const lists = {
    to: addressesOfPath(path),
    cc: [] as Correspondent[] | string,
    bcc: [] as Correspondent[] | string,
  }
  const texts = { subject: '', body: '' }
  for (const pair of query ? query.split('&') : []) {
    const found = /^([^=]+)=([^=]*)$/.exec(pair)
    const [name, value] = [decoded(found?.[1] ?? ''), decoded(found?.[2] ?? '')]
    if (name === undefined || value === undefined || !/^[!-9;-~]{1,76}$/.test(name))
      return `'${pair.slice(0, 40)}' is no field`
    const key = name.toLowerCase()
    if (key === 'to' || key === 'cc' || key === 'bcc') lists[key] = joined(lists[key], value)
    else if (key === 'subject' || key === 'body') texts[key] ||= value
    else if (!ownFields.has(key)) fields.push([name, value.replace(/[\r\n\0]+/g, ' ')])
  }
  for (const list of Object.values(lists)) if (typeof list === 'string') return list
  const { to, cc, bcc } = lists as Record<'to' | 'cc' | 'bcc', Correspondent[]>
  if (to.length + cc.length + bcc.length > recipientsMax)
    return `more than ${recipientsMax} recipients`
  if (fields.length > fieldsMax) return 'too many fields'
  return { ...{ to, cc, bcc, fields }, subject: texts.subject, body: texts.body }
}

/** RFC 5435 §6: everything but what RFC 3986 §2.3 leaves as it is. */
export function encodeUrl(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function joined(before: Correspondent[] | string, written: string): Correspondent[] | string {
  const more = addressesOf(written)
  if (typeof before === 'string' || typeof more === 'string') return more
  return [...before, ...more]
}

function addressesOfPath(path: string): Correspondent[] | string {
  const text = decoded(path)
  return text === undefined ? `'${path.slice(0, 40)}' is no address` : addressesOf(text)
}

function addressesOf(text: string): Correspondent[] | string {
  if (text.trim() === '') return []
  const found = addressesIn(text)
  if (!found || found.length === 0) return `'${text.slice(0, 100)}' is no address`
  return found.map(({ local, domain, name }) => ({ local, domain, name }))
}

/** undefined for what is badly encoded. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
