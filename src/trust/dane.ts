// DANE for SMTP (RFC 7672): whether the certificates that a host shows are those that its domain
// has published. Knows TLSA records and certificates; not where either comes from.
import { createHash, X509Certificate } from 'node:crypto'
import type { TlsaRecord } from './dns/dns.ts'

const domainIssued = 3
const trustAnchor = 2

/** RFC 7672 §3.1: PKIX usages are of no use here, nor is what we cannot read. */
export function usableTlsa(records: readonly TlsaRecord[]): readonly TlsaRecord[] {
  return records.filter(
    ({ usage, selector, matching, data }) =>
      (usage === domainIssued || usage === trustAnchor) &&
      (selector === 0 || selector === 1) &&
      (matching === 0 || data.length === (matching === 1 ? 32 : matching === 2 ? 64 : -1)),
  )
}

/**
 * Whether a chain (DER, leaf first) is what `records` say; "" or why not. With DANE-EE neither
 * names nor dates count (RFC 7672 §3.1.1); below a trust anchor they do (§3.1.2).
 */
export function daneVerdict(
  records: readonly TlsaRecord[],
  names: readonly string[],
  chain: readonly Uint8Array[],
): string {
  const certificates = parsed(chain)
  const leaf = certificates?.[0]
  if (!certificates || !leaf) return 'no certificate that can be read'
  const issued = records.filter(({ usage }) => usage === domainIssued)
  if (issued.some((record) => matches(record, leaf))) return ''
  const anchors = records.filter(({ usage }) => usage === trustAnchor)
  if (anchors.some((record) => anchored(record, certificates)))
    return names.some((name) => leaf.checkHost(name) !== undefined)
      ? ''
      : `the certificate names ${leaf.subjectAltName ?? 'nobody'}`
  return 'the certificate is none that the TLSA records name'
}

function parsed(chain: readonly Uint8Array[]): X509Certificate[] | undefined {
  try {
    return chain.map((der) => new X509Certificate(der))
  } catch {
    return undefined
  }
}

/** Whether the chain leads, each signed by the next and all within their dates, to the anchor. */
function anchored(record: TlsaRecord, certificates: readonly X509Certificate[]): boolean {
  for (const [n, certificate] of certificates.entries()) {
    const now = Date.now()
    if (certificate.validFromDate.getTime() > now || certificate.validToDate.getTime() < now)
      return false
    if (n > 0 && !(certificate.ca && isSignedBy(certificates[n - 1]!, certificate))) return false
    if (n > 0 && matches(record, certificate)) return true
  }
  return false
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

/** RFC 6698 §2.1 */
function matches({ selector, matching, data }: TlsaRecord, certificate: X509Certificate): boolean {
  const chosen =
    selector === 0 ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' })
  const wanted = Buffer.from(data)
  if (matching === 0) return wanted.equals(chosen)
  return createHash(matching === 1 ? 'sha256' : 'sha512')
    .update(chosen)
    .digest()
    .equals(wanted)
}
