// A request for a certificate: PKCS #10, RFC 2986 §4, signed by its key.
import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { oid, sequence, tag } from '../der.ts'
import { alternativeNames, commonName, ecdsaWithSha256 } from '../self-signed.ts'

/** More does not fit into a common name (RFC 5280 §A.1), and nobody reads it any more. */
const commonNameMax = 64

/** In DER; the key is an EC one. */
export function certificateRequest(names: readonly string[], key: KeyObject): Buffer {
  const short = names.find((name) => name.length <= commonNameMax)
  const extensionRequest = sequence(
    oid(1, 2, 840, 113549, 1, 9, 14),
    tag(0x31, sequence(alternativeNames(names))),
  )
  const body = sequence(
    tag(0x02, Buffer.of(0)),
    short === undefined ? sequence() : commonName(short),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    tag(0xa0, extensionRequest),
  )
  const signature = tag(0x03, Buffer.of(0), sign('sha256', body, key))
  return sequence(body, ecdsaWithSha256, signature)
}
