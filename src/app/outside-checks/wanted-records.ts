// The records that a domain should publish for this server, as zone text. Knows what they should
// be; not what is there.
import { createHash, X509Certificate } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { stsPolicy } from '../../protocols/autoconfig/texts.ts'

export interface Published {
  readonly domain: string
  /** The name of the server. */
  readonly server: string
  /** Its public addresses, as far as they are known. */
  readonly addresses: readonly string[]
  readonly dkim: readonly DkimRecord[]
  /** The address for reports of others. */
  readonly reports: string
  /** The name in CAA records of the authority that issues by itself, or "". */
  readonly issuer: string
  /** PEM, where an authority signed it: that of the server itself changes with each year. */
  readonly certificate?: string
}

export interface DkimRecord {
  readonly selector: string
  /** "v=DKIM1; k=rsa; p=…" */
  readonly text: string
}

/** Those of keys that sign, or will. */
export function dkimRecords(
  keys: readonly { selector: string; record: string; state: string }[],
): readonly DkimRecord[] {
  return keys
    .filter(({ state }) => state !== 'retired')
    .map(({ selector, record }) => ({ selector, text: record }))
}

export interface WantedRecord {
  /** Absolute, without a final dot. */
  readonly name: string
  readonly type: string
  readonly data: string
}

export function wantedRecords(given: Published): readonly WantedRecord[] {
  const { domain, server, addresses, dkim, certificate, reports, issuer } = given
  const record = (name: string, type: string, data: string) => ({ name, type, data })
  const service = (name: string, port: number) =>
    record(`${name}._tcp.${domain}`, 'SRV', `0 1 ${port} ${server}.`)
  return [
    ...addresses.map((one) => record(server, isIPv6(one) ? 'AAAA' : 'A', one)),
    record(domain, 'MX', `10 ${server}.`),
    record(domain, 'TXT', quoted('v=spf1 mx -all')),
    // The server's own name is in bounces, whose sender is empty.
    ...(server === domain ? [] : [record(server, 'TXT', quoted('v=spf1 a -all'))]),
    ...dkim.map(({ selector, text }) =>
      record(`${selector}._domainkey.${domain}`, 'TXT', quoted(text)),
    ),
    record(`_dmarc.${domain}`, 'TXT', quoted(`v=DMARC1; p=quarantine; rua=mailto:${reports}`)),
    record(`_mta-sts.${domain}`, 'TXT', quoted(`v=STSv1; id=${stsId(server)}`)),
    record(`mta-sts.${domain}`, 'CNAME', `${server}.`),
    record(`_smtp._tls.${domain}`, 'TXT', quoted(`v=TLSRPTv1; rua=mailto:${reports}`)),
    ...(certificate ? [record(`_25._tcp.${server}`, 'TLSA', tlsaOf(certificate))] : []),
    ...(issuer === '' ? [] : [record(server, 'CAA', `0 issue "${issuer}"`)]),
    service('_submissions', 465),
    service('_submission', 587),
    service('_imaps', 993),
    service('_pop3s', 995),
    service('_sieve', 4190),
    record(`autoconfig.${domain}`, 'CNAME', `${server}.`),
    record(`autodiscover.${domain}`, 'CNAME', `${server}.`),
  ]
}

/** Changes when the policy does. */
export function stsId(server: string): string {
  return createHash('sha256').update(stsPolicy(server)).digest('hex').slice(0, 20)
}

/** RFC 7672 §3.1.1: DANE-EE of the public key, which a renewal with the same key leaves right. */
export function tlsaOf(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
  return `3 1 1 ${createHash('sha256').update(key).digest('hex')}`
}

export function zoneText(records: readonly WantedRecord[]): string {
  const width = Math.max(...records.map(({ name }) => name.length)) + 2
  return records
    .map(({ name, type, data }) => `${`${name}.`.padEnd(width)}3600 IN ${type.padEnd(6)}${data}`)
    .join('\n')
}

/** In strings of at most 255 octets, RFC 1035 §3.3.14. */
function quoted(text: string): string {
  const parts = text.match(/.{1,255}/g) ?? ['']
  return parts.map((part) => `"${part.replace(/["\\]/g, '\\$&')}"`).join(' ')
}
