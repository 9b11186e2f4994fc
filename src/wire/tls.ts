// TLS contexts from a certificate and its key. Knows no protocol.
import { createSecureContext, type SecureContext } from 'node:tls'

export interface CertifiedKey {
  /** PEM, leaf first. */
  readonly cert: string
  /** PEM. */
  readonly key: string
}

/** TLS 1.2 and newer, with the server's certificate. @throws Error when they do not fit. */
export function secureContext(pair: CertifiedKey): SecureContext {
  return createSecureContext({ cert: pair.cert, key: pair.key, minVersion: 'TLSv1.2' })
}
