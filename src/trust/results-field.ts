// The Authentication-Results field, RFC 8601: ours is written, and others that pretend to be ours
// are found. Every value is made safe here, whatever a message said.

import type { RawField } from './dkim/sealed-text.ts'
import type { Origin } from './verdict.ts'

/** The field with its CRLF. */
export function resultsField(by: string, address: string, origin: Origin): string {
  return `Authentication-Results: ${resultsText(by, address, origin)}\r\n`
}

/** Its value, folded before each result. */
export function resultsText(by: string, address: string, origin: Origin): string {
  const { iprev, spf, identity, dkim, arc, dmarc } = origin
  const results = [
    `iprev=${iprev.result}${comment(iprev.name)} policy.iprev=${value(address)}`,
    `spf=${spf.result}${comment(spf.why)} smtp.${identity}=${value(spf.domain)}`,
    ...(dkim.length === 0 ? ['dkim=none'] : dkim.map(dkimResult)),
    ...(arc.result === 'none' ? [] : [arcResult(arc)]),
    `dmarc=${dmarc.result}${dmarcComment(dmarc)} header.from=${value(dmarc.from)}`,
  ]
  return [value(by), ...results].join(';\r\n ')
}

function dkimResult(one: Origin['dkim'][number]): string {
  const said = one.why === '' ? `${one.bits}-bit key` : one.why
  const named = [
    ['d', one.domain],
    ['s', one.selector],
    ['a', one.algorithm],
    ['b', one.signature],
  ] as const
  const properties = named.filter(([, text]) => text !== '')
  return `dkim=${one.result}${comment(said)}${properties
    .map(([name, text]) => ` header.${name}=${value(text)}`)
    .join('')}`
}

function arcResult({ result, instances, sealers, why }: Origin['arc']): string {
  const said = why === '' ? `i=${instances}, sealed by ${sealers.at(-1) ?? ''}` : why
  return `arc=${result}${comment(said)}`
}

function dmarcComment({ policy, domain }: Origin['dmarc']): string {
  return domain === '' ? '' : comment(`p=${policy} of ${domain}`)
}

const commentMaxLength = 160

function comment(text: string): string {
  const safe = text.replace(/[^\x20-\x7e]/g, '?').replace(/[()\\;"]/g, ' ')
  return safe === '' ? '' : ` (${safe.slice(0, commentMaxLength)})`
}

const valueMaxLength = 253

/** RFC 8601 §2.2 pvalue: a token (RFC 2045 §5.1), or a quoted string. */
function value(text: string): string {
  const safe = text.replace(/[^\x20-\x7e]/g, '?').slice(0, valueMaxLength)
  if (/^[^\s()<>@,;:\\"/[\]?=]+$/.test(safe)) return safe
  return `"${safe.replace(/["\\]/g, '\\$&')}"`
}

/** Whether a field says that it is from `by`; comments and quotes do not hide it (RFC 8601 §5). */
export function claimsToBe(by: string, field: RawField): boolean {
  if (field.name !== 'authentication-results') return false
  const bare = field.value.replace(/\([^()]*\)/g, ' ').trim()
  const [, quoted, token = ''] = /^(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/.exec(bare) ?? []
  const id = (quoted?.replace(/\\(.)/g, '$1') ?? token).trim().toLowerCase()
  // What cannot be read is taken for ours, and so removed.
  return id === by.toLowerCase() || /[()"]/.test(id)
}
