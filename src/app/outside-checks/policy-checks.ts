// What the domain says about its mail: who may send, who signs, what must be safe, where programs
// find their servers.
import { X509Certificate } from 'node:crypto'
import { daneVerdict, usableTlsa } from '../../trust/dane.ts'
import { readStsPolicy, stsAllows, stsRecordId } from '../../trust/mta-sts.ts'
import { bad, good, recordsIn, textsAt, unknown, warning } from './answers.ts'
import type { Check, Patient } from './check.ts'
import { tlsaOf } from './wanted-records.ts'

const spfWanted = 'v=spf1 mx -all'

export const spfCheck: Check = async (patient, { dns }) => {
  const found = await textsAt(dns, patient.domain, /^v=spf1( |$)/i)
  if ('state' in found) return found
  const [record, ...more] = found
  // RFC 7208 §4.5: two records are an error, and none of them counts.
  if (record === undefined || more.length > 0) return bad(found.join(' | '), spfWanted)
  const terms = record.toLowerCase().split(/ +/).slice(1)
  const end = terms.find((term) => /^[-~?+]?all$/.test(term)) ?? ''
  if (/^\+?all$/.test(end)) return bad(record, spfWanted)
  const named = terms.some((term) => names(term, patient))
  // Who an include names is for the one who is included to say.
  const elsewhere = terms.some((term) => /^(\+?include:|redirect=)/.test(term))
  if (!named && !elsewhere) return bad(record, spfWanted)
  if (!named) return unknown(record)
  return end === '-all' || end === '~all' || elsewhere ? good(record) : warning(record, spfWanted)
}

function names(term: string, { domain, server, addresses }: Patient): boolean {
  const bare = term.replace(/^\+/, '')
  if (bare === 'mx' || bare === `mx:${domain}` || bare === `a:${server}`) return true
  if (bare === 'a' && server === domain) return true
  return addresses.some((one) => bare === `ip4:${one}` || bare === `ip6:${one}`)
}

export const dkimCheck: Check = async ({ domain, dkim }, { dns }) => {
  if (!dkim) return unknown('')
  if (dkim.length === 0) return bad('', `amplop dkim rotate ${domain}`)
  const wrong: string[] = []
  for (const { selector, text } of dkim) {
    const name = `${selector}._domainkey.${domain}`
    const found = recordsIn(await dns.query(name, 'TXT'))
    if ('state' in found) return found
    if (!found.some((one) => keyIn(one) === keyIn(text))) wrong.push(name)
  }
  const have = dkim.map(({ selector }) => selector).join(', ')
  return wrong.length === 0 ? good(have) : bad('', wrong.join(', '))
}

function keyIn(text: string): string {
  return /(?:^|;)\s*p=([^;]*)/.exec(text)?.[1]?.replace(/\s/g, '') ?? ''
}

export const dmarcCheck: Check = async ({ domain, reports }, { dns }) => {
  const found = await textsAt(dns, `_dmarc.${domain}`, /^v=DMARC1\s*(;|$)/)
  if ('state' in found) return found
  const want = `v=DMARC1; p=quarantine; rua=mailto:${reports}`
  const [record = '', ...more] = found
  const policy = /;\s*p=(none|quarantine|reject)\s*(;|$)/i.exec(record)?.[1]?.toLowerCase()
  if (policy === undefined || more.length > 0) return bad(found.join(' | '), want)
  return policy === 'none' ? warning(record, want) : good(record)
}

export const stsCheck: Check = async ({ domain, server }, { dns, fetch }) => {
  const found = await textsAt(dns, `_mta-sts.${domain}`, /^v=STSv1/)
  if ('state' in found) return found
  const want = `_mta-sts.${domain} TXT "v=STSv1; id=…"`
  if (stsRecordId(found) === undefined) return warning(found.join(' | '), want)
  const url = `https://mta-sts.${domain}/.well-known/mta-sts.txt`
  const text = await fetch(url).catch((error: Error) => error)
  if (text instanceof Error) return bad(`${url}: ${text.message}`, want)
  const policy = readStsPolicy(text)
  if (!policy) return bad(url, 'version: STSv1 …')
  if (policy.mode !== 'none' && !stsAllows(policy, server)) return bad(url, `mx: ${server}`)
  return policy.mode === 'enforce' ? good(policy.mode) : warning(policy.mode, 'enforce')
}

export const tlsrptCheck: Check = async ({ domain, reports }, { dns }) => {
  const found = await textsAt(dns, `_smtp._tls.${domain}`, /^v=TLSRPTv1\s*;/)
  if ('state' in found) return found
  const want = `v=TLSRPTv1; rua=mailto:${reports}`
  return found.length === 1 && /rua=/.test(found[0]!)
    ? good(found[0]!)
    : warning(found.join(' | '), want)
}

export const tlsaCheck: Check = async ({ domain, server, certificate, certified }, { dns }) => {
  const name = `_25._tcp.${server}`
  const answer = await dns.query(name, 'TLSA')
  if (answer.is === 'failed') return bad(answer.why, name)
  const want = certificate === '' ? '' : tlsaOf(certificate)
  if (answer.is !== 'found') {
    // In a zone that nobody signs it would prove nothing.
    return answer.secure && certified ? warning('', `${name} TLSA ${want}`) : good('-')
  }
  const have = answer.records
    .map(({ usage, selector, matching, data }) =>
      [usage, selector, matching, Buffer.from(data).toString('hex')].join(' '),
    )
    .join(', ')
  if (certificate === '') return unknown(have)
  const chain = certificate
    .split(/(?<=-----END CERTIFICATE-----)/)
    .filter((pem) => pem.includes('BEGIN CERTIFICATE'))
    .map((pem) => new X509Certificate(pem).raw)
  const why = daneVerdict(usableTlsa(answer.records), [server, domain], chain)
  return why === '' ? good(have) : bad(have, want)
}

const services: readonly (readonly [string, number])[] = [
  ['_submissions._tcp', 465],
  ['_imaps._tcp', 993],
]

export const srvCheck: Check = async ({ domain, server }, { dns }) => {
  const missing: string[] = []
  const have: string[] = []
  for (const [service, port] of services) {
    const found = recordsIn(await dns.query(`${service}.${domain}`, 'SRV'))
    if ('state' in found) return found
    have.push(...found.map((one) => `${service} ${one.port} ${one.target}`))
    if (!found.some(({ target }) => target === server))
      missing.push(`${service}.${domain} SRV 0 1 ${port} ${server}.`)
  }
  return missing.length === 0 ? good(have.join(', ')) : warning(have.join(', '), missing.join(', '))
}

export const autoconfigCheck: Check = async ({ domain, server }, { dns }) => {
  const missing: string[] = []
  for (const name of [`autoconfig.${domain}`, `autodiscover.${domain}`]) {
    const found = recordsIn(await dns.query(name, 'A'))
    if ('state' in found) return found
    if (found.length === 0) missing.push(`${name} CNAME ${server}.`)
  }
  return missing.length === 0 ? good(`autoconfig.${domain}`) : warning('', missing.join(', '))
}

/** RFC 8659 §3: the nearest name above with CAA records decides. */
export const caaCheck: Check = async ({ server, issuer }, { dns }) => {
  for (let name = server; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
    const found = recordsIn(await dns.query(name, 'CAA'))
    if ('state' in found) return found
    const have = found.map(({ tag, value }) => `${tag} ${value}`).join(', ')
    const issuers = found.filter(({ tag }) => tag === 'issue')
    if (found.length === 0) continue
    const named = issuers.map(({ value }) => value.split(';')[0]?.trim().toLowerCase() ?? '')
    const nobody = named.length > 0 && named.every((name) => name === '')
    const other = issuer !== '' && named.length > 0 && !named.includes(issuer)
    return nobody || other ? bad(have, `0 issue "${issuer || 'letsencrypt.org'}"`) : good(have)
  }
  return good('-')
}
