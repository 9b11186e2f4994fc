// What is shown while an authority looks whether a name is ours: a text at a web address (RFC 8555
// §8.3), or a certificate under a protocol name of its own (RFC 8737). Knows no account.
import { createHash } from 'node:crypto'
import { oid, sequence, tag } from '../der.ts'
import type { Route } from '../http-types.ts'
import { selfSigned } from '../self-signed.ts'
import { type ServerContext, secureContext } from '../tls.ts'

export type ChallengeType = 'http-01' | 'tls-alpn-01'
export const acmeProtocol = 'acme-tls/1'

const keptMax = 1_000

export class Challenges {
  readonly #texts = new Map<string, string>()
  readonly #contexts = new Map<string, ServerContext>()

  /** Whether connections need be looked at. */
  get pending(): boolean {
    return this.#contexts.size > 0
  }

  /** Shows the proof for a name until it is taken away. */
  show(type: ChallengeType, { name, token, proof }: Proof): () => void {
    if (this.#texts.size + this.#contexts.size >= keptMax) throw new Error('too many challenges')
    if (type === 'http-01') {
      this.#texts.set(token, proof)
      return () => void this.#texts.delete(token)
    }
    const pair = selfSigned([name], { extensions: [identifier(proof)] })
    this.#contexts.set(name, secureContext(pair, { alpn: [acmeProtocol] }))
    return () => void this.#contexts.delete(name)
  }

  contextFor(name: string): ServerContext | undefined {
    return this.#contexts.get(name.toLowerCase())
  }

  route(): Route {
    const path = '/.well-known/acme-challenge/'
    return {
      method: 'GET',
      path: `${path}*`,
      run: ({ path: asked }) => {
        const proof = this.#texts.get(asked.slice(path.length))
        const headers = { 'content-type': 'application/octet-stream' }
        return proof === undefined ? { status: 404 } : { status: 200, headers, body: proof }
      },
    }
  }
}

export interface Proof {
  readonly name: string
  readonly token: string
  /** RFC 8555 §8.1: the key authorization. */
  readonly proof: string
}

/** RFC 8737 §3: id-pe-acmeIdentifier, critical. */
function identifier(proof: string): Buffer {
  const hash = createHash('sha256').update(proof).digest()
  return sequence(
    oid(1, 3, 6, 1, 5, 5, 7, 1, 31),
    tag(0x01, Buffer.of(0xff)),
    tag(0x04, tag(0x04, hash)),
  )
}
