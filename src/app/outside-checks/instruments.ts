// The doctor's instruments as the settings have them, and the patient they describe.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Networks } from '../../base/networks.ts'
import { ZoneDns } from '../../trust/dns/zone-dns.ts'
import { acmeCertificate, readAcmeState } from '../acme-file.ts'
import type { Settings } from '../config/schema.ts'
import { openDns } from '../outside.ts'
import { policyFetch } from '../policy-fetch.ts'
import type { Instruments, Patient } from './check.ts'
import { network } from './network.ts'

/** `zone`: zone text to look at in place of the DNS, for a domain that is not published yet. */
export function instrumentsOf(settings: Settings, zone?: string): Instruments {
  const dns = zone === undefined ? openDns(settings) : new ZoneDns(zone)
  const allowed = new Networks(settings.outgoing.private_networks)
  const fetch = policyFetch({ dns, allowed: () => allowed })
  return { dns, fetch, network, now: Date.now }
}

/** `addresses`: those the administrator named, else what the machine knows of itself. */
export function patientOf(
  settings: Settings,
  domain: string,
  addresses: readonly string[],
): Patient {
  const { tls, server } = settings
  const { certificate, certified } = shownBy(settings)
  const issuing = settings.acme.enabled && tls.cert === ''
  return {
    domain,
    server: server.name,
    addresses: addresses.length > 0 ? addresses : network.publicAddresses(),
    reports: `${settings.reports.address || 'postmaster'}@${domain}`,
    certificate: certificate.replace(/-----BEGIN PRIVATE KEY-----[\s\S]*/, ''),
    certified,
    issuer: issuing && settings.acme.directory === '' ? 'letsencrypt.org' : '',
    refusal: issuing ? readAcmeState(server.data).error : '',
  }
}

/** What the server shows to others, and whether an authority signed it. */
function shownBy({ tls, acme, server }: Settings) {
  if (tls.cert !== '') return { certificate: readFileSync(tls.cert, 'utf8'), certified: true }
  const issued = acme.enabled ? acmeCertificate(server.data) : undefined
  if (issued) return { certificate: issued.cert, certified: true }
  const own = join(server.data, 'self-signed.pem')
  return { certificate: existsSync(own) ? readFileSync(own, 'utf8') : '', certified: false }
}
