// Whether this machine can send at all: its resolver, port 25 outwards, its clock, its certificate.
import { X509Certificate } from 'node:crypto'
import { addressesOf, bad, good, unknown, warning } from './answers.ts'
import type { Check } from './check.ts'

/** A zone that has been signed for long. */
const signedName = 'ietf.org'

export const resolverCheck: Check = async (_patient, { dns }) => {
  const answer = await dns.query(signedName, 'MX')
  if (answer.is === 'failed') return bad(answer.why, '')
  return 'secure' in answer && answer.secure ? good('DNSSEC') : warning('-', 'DNSSEC')
}

/** Who is always there, and takes connections from everybody. */
const neighbours: readonly string[] = ['gmail.com', 'outlook.com']

export const portCheck: Check = async (_patient, { dns, network }) => {
  const tried: string[] = []
  for (const domain of neighbours) {
    const answer = await dns.query(domain, 'MX')
    const host = answer.is === 'found' ? answer.records[0]?.exchange : undefined
    const found = host ? await dns.query(host, 'A') : undefined
    const address = found?.is === 'found' ? found.records[0] : undefined
    if (address === undefined) continue
    const why = await network.dial(address, 25)
    if (why === '') return good(`${host}:25`)
    tried.push(`${host}:25 ${why}`)
  }
  return tried.length > 0 ? bad(tried.join(', '), '') : unknown('')
}

const clockOffMs = 5_000
const timeServer = 'pool.ntp.org'

export const clockCheck: Check = async (_patient, { dns, network }) => {
  const found = await addressesOf(dns, timeServer)
  const address = 'state' in found ? undefined : found[0]
  const ahead = address === undefined ? undefined : await network.clockAheadMs(address)
  if (ahead === undefined) return unknown(timeServer)
  const have = `${ahead > 0 ? '+' : ''}${(ahead / 1000).toFixed(1)} s`
  return Math.abs(ahead) > clockOffMs ? bad(have, '0 s') : good(have)
}

const dayMs = 86_400_000
const soonDays = 14

export const certificateCheck: Check = async (patient, { now }) => {
  const { server, certificate, certified, refusal } = patient
  if (refusal !== '') return bad(refusal, server)
  if (certificate === '') return unknown('')
  const read = new X509Certificate(certificate)
  const until = read.validToDate.toISOString().slice(0, 10)
  const have = `${read.subjectAltName ?? read.subject}, ${until}`
  const days = (read.validToDate.getTime() - now()) / dayMs
  if (days < 0 || read.checkHost(server) === undefined) return bad(have, server)
  return days < soonDays || !certified ? warning(have, server) : good(have)
}
