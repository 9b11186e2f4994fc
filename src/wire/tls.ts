// TLS contexts from a certificate and its key. Knows no protocol.
import { createSecureContext, type SecureContext } from 'node:tls'

export interface CertifiedKey {
  /** PEM, leaf first. */
  readonly cert: string
  /** PEM. */
  readonly key: string
}

/** A context that may ask clients who they are; any other context asks nobody. */
export type ServerContext = SecureContext & { readonly asksClients?: boolean }

/**
 * TLS 1.2 and newer, with the server's certificate. With `clientCa`, certificates in PEM, clients
 * are asked for a certificate, and need not have one. @throws Error when they do not fit.
 */
export function secureContext({ cert, key }: CertifiedKey, clientCa = ''): ServerContext {
  const context = createSecureContext({
    cert,
    key,
    minVersion: 'TLSv1.2',
    ...(clientCa === '' ? {} : { ca: clientCa }),
  })
  return clientCa === '' ? context : Object.assign(context, { asksClients: true })
}
