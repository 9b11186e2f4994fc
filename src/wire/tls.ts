// TLS contexts from a certificate and its key. Knows no protocol.
import { createSecureContext, type SecureContext } from 'node:tls'

export interface CertifiedKey {
  /** PEM, leaf first. */
  readonly cert: string
  /** PEM. */
  readonly key: string
}

/** A context that may ask clients who they are, and may know what is spoken under it. */
export type ServerContext = SecureContext & {
  readonly asksClients?: boolean
  readonly alpn?: readonly string[]
}

export interface ContextOptions {
  /** Who signs clients' certificates, in PEM; with it they are asked for one, and need none. */
  readonly clientCa?: string
  /** The names of what is spoken (RFC 7301): a client that names only others is refused. */
  readonly alpn?: readonly string[]
}

/**
 * Puts another certificate into a context that is in use: connections from now on show it, those
 * that are open go on as they are. @throws Error when certificate and key do not fit.
 */
export function renew(context: ServerContext, pair: CertifiedKey, options: ContextOptions): void {
  // What Node hands to OpenSSL is the one member that a context has.
  Object.assign(context, secureContext(pair, options))
}

/** TLS 1.2 and newer, with the server's certificate. @throws Error when they do not fit. */
export function secureContext(
  { cert, key }: CertifiedKey,
  { clientCa = '', alpn = [] }: ContextOptions = {},
): ServerContext {
  const context = createSecureContext({
    cert,
    key,
    minVersion: 'TLSv1.2',
    // Without it OpenSSL breaks off with clients that resume where they are asked who they are.
    sessionIdContext: 'amplop',
    ...(clientCa === '' ? {} : { ca: clientCa }),
  })
  return Object.assign(context, { asksClients: clientCa !== '', alpn })
}
