// Zone text, RFC 1035 §5.1, as records: what an administrator publishes and what tests are made of.
// Knows the types that mail asks for; passes over SOA, DNSKEY and others it has no use for.

import type { Records, RecordType } from './dns.ts'
import { recordName } from './names.ts'

export type ZoneRecord = {
  readonly [T in RecordType]: { readonly name: string; readonly type: T; readonly data: Records[T] }
}[RecordType]

/** A line that is no record but begins with "$": "$FAIL slow.example MX timed out". */
export interface ZoneDirective {
  readonly word: string
  readonly rest: readonly string[]
}

export interface Zone {
  readonly records: readonly ZoneRecord[]
  readonly directives: readonly ZoneDirective[]
}

const recordTypes: ReadonlySet<string> = new Set<RecordType>([
  ...(['A', 'AAAA', 'MX', 'TXT', 'PTR', 'CNAME', 'NS', 'TLSA', 'SRV', 'CAA'] as const),
])
const otherTypes = /^(SOA|DS|DNSKEY|RRSIG|NSEC|NSEC3|NSEC3PARAM|HINFO|SPF|SSHFP|TYPE\d+)$/

interface Token {
  readonly text: string
  readonly quoted: boolean
}

/** @throws Error naming the line that is no record. */
export function readZone(text: string): Zone {
  const records: ZoneRecord[] = []
  const directives: ZoneDirective[] = []
  let origin = ''
  let owner = ''
  for (const { tokens, indented } of entries(text)) {
    const first = tokens[0]!
    if (first.text.startsWith('$') && !first.quoted) {
      const rest = tokens.slice(1).map((token) => token.text)
      if (first.text === '$ORIGIN') origin = recordName(rest[0] ?? '')
      else if (first.text !== '$TTL') directives.push({ word: first.text, rest })
      continue
    }
    const continued = indented && isPreamble(first)
    if (!continued) owner = absolute(first.text, origin)
    const record = readRecord(owner, continued ? tokens : tokens.slice(1), origin)
    if (record) records.push(record)
  }
  return { records, directives }
}

/** A line, or several that parentheses join. */
function* entries(text: string): Generator<{ tokens: Token[]; indented: boolean }> {
  let tokens: Token[] = []
  let depth = 0
  let indented = false
  for (const line of text.split(/\r?\n/)) {
    if (tokens.length === 0) indented = /^\s/.test(line)
    for (const token of tokensOf(line)) {
      if (!token.quoted && token.text === '(') depth++
      else if (!token.quoted && token.text === ')') depth--
      else tokens.push(token)
    }
    if (depth > 0 || tokens.length === 0) continue
    yield { tokens, indented }
    tokens = []
  }
  if (tokens.length > 0) throw new Error(`zone text ends within "${tokens[0]!.text}"`)
}

const tokenForm = /;.*$|"((?:[^"\\]|\\.)*)"|([()])|((?:[^\s"();\\]|\\.)+)|\s+|(.)/gy

function tokensOf(line: string): Token[] {
  const tokens: Token[] = []
  for (const match of line.matchAll(tokenForm)) {
    const [, quoted, bracket, word, wrong] = match
    if (wrong !== undefined) throw new Error(`zone text: ${wrong} in "${line.trim()}"`)
    if (quoted !== undefined) tokens.push({ text: unescaped(quoted), quoted: true })
    else if (bracket !== undefined) tokens.push({ text: bracket, quoted: false })
    else if (word !== undefined) tokens.push({ text: unescaped(word), quoted: false })
  }
  return tokens
}

function unescaped(text: string): string {
  return text.replace(/\\(\d{3}|.)/g, (_all, one: string) =>
    one.length === 3 ? String.fromCharCode(Number(one) & 0xff) : one,
  )
}

function isPreamble({ text, quoted }: Token): boolean {
  return !quoted && (recordTypes.has(text) || /^(\d+|IN)$/.test(text) || otherTypes.test(text))
}

function absolute(name: string, origin: string): string {
  if (name === '@') return origin
  if (name.endsWith('.') || origin === '') return recordName(name)
  return `${name.toLowerCase()}.${origin}`
}

function readRecord(name: string, tokens: Token[], origin: string): ZoneRecord | undefined {
  let at = 0
  while (/^(\d+|IN)$/.test(tokens[at]?.text ?? '')) at++
  const type = tokens[at]?.text ?? ''
  if (otherTypes.test(type)) return undefined
  const data = recordTypes.has(type)
    ? readData(type as RecordType, tokens.slice(at + 1), origin)
    : undefined
  if (data === undefined) {
    const words = tokens.map((token) => token.text).join(' ')
    throw new Error(`zone text: "${name} ${words}" is no record`)
  }
  return { name, type, data } as ZoneRecord
}

/** The data of a record, or undefined where its fields are not what the type wants. */
function readData(
  type: RecordType,
  tokens: Token[],
  origin: string,
): Records[RecordType] | undefined {
  const words = tokens.map((token) => token.text)
  const [one = '', two = '', three = '', four = ''] = words
  if (one === '' && !tokens[0]?.quoted) return undefined
  switch (type) {
    case 'A':
    case 'AAAA':
      return one.toLowerCase()
    case 'PTR':
    case 'CNAME':
    case 'NS':
      return absolute(one, origin)
    case 'TXT':
      return Buffer.from(words.join(''), 'utf8').toString('latin1')
    case 'MX':
      return two === '' ? undefined : { preference: Number(one), exchange: absolute(two, origin) }
    case 'SRV':
      if (four === '') return undefined
      return {
        ...{ priority: Number(one), weight: Number(two), port: Number(three) },
        target: absolute(four, origin),
      }
    case 'CAA':
      return words.length < 3 ? undefined : { critical: one === '128', tag: two, value: three }
    case 'TLSA':
      return tlsaData(words)
  }
}

function tlsaData(words: readonly string[]): Records['TLSA'] | undefined {
  const [usage = '', selector = '', matching = '', ...hex] = words
  if (hex.length === 0 || !/^[0-9a-f]+$/i.test(hex.join(''))) return undefined
  return {
    usage: Number(usage),
    selector: Number(selector),
    matching: Number(matching),
    data: Buffer.from(hex.join(''), 'hex'),
  }
}
