// What a TLS connection proves beyond itself: whom the client's certificate names, and what binds
// an exchange to this very connection. Knows no protocol.
import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { BindingType } from './sasl-port.ts'

/** The part of Node's handle that tells whether the client's certificate was found good. */
interface Verifier {
  readonly _handle?: { verifyError?(): Error | null }
}

/**
 * The mail addresses (RFC 5280 §4.2.1.6, rfc822Name) in the client's certificate; none where it
 * sent none, or one that the asked-for authority has not signed.
 */
export function certifiedAddresses(socket: TLSSocket): readonly string[] {
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return []
  // Node tells `authorized` of sockets of its own servers only. What is not surely good is not.
  const handle = (socket as Verifier)._handle
  if (handle?.verifyError === undefined || handle.verifyError() !== null) return []
  const names = certificate.subjectAltName ?? ''
  // Node quotes a name that could pass for several; nobody honest has one.
  if (names.includes('"')) return []
  const addresses = names.split(', ').filter((name) => /^email:[^\s@]+@[^\s@]+$/.test(name))
  return addresses.map((name) => name.slice('email:'.length))
}

const exportedBytes = 32

export function channelBinding(socket: TLSSocket, type: BindingType): Buffer | undefined {
  if (type === 'tls-server-end-point') return serverEndPoint(socket)
  // RFC 9266 §4.2 asks of TLS 1.2 what Node cannot tell of a connection; of TLS 1.3 nothing.
  if (socket.getProtocol() !== 'TLSv1.3') return undefined
  return socket.exportKeyingMaterial(exportedBytes, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
}

/**
 * RFC 5929 §4.1: a hash of the server's certificate, with the hash of its signature, and SHA-256
 * for the weak ones; not defined where the signature names no hash.
 */
function serverEndPoint(socket: TLSSocket): Buffer | undefined {
  const certificate = socket.getX509Certificate()
  const found = /^(?:ecdsa-with-)?(md5|sha1|sha256|sha384|sha512)(?:WithRSAEncryption)?$/i.exec(
    certificate?.signatureAlgorithm ?? '',
  )?.[1]
  if (!certificate || found === undefined) return undefined
  const hash = /^(md5|sha1)$/i.test(found) ? 'sha256' : found.toLowerCase()
  return createHash(hash).update(certificate.raw).digest()
}
