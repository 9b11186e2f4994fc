// Signs what is owed to other servers, once, before it is queued: as ours where it is ours, as
// forwarded where it is not. Knows whose mail deserves which; the maths are the trust room's.
import { sealArc } from '../trust/arc/seal.ts'
import type { KeyBook } from '../trust/dkim/key-book.ts'
import { SealedText } from '../trust/dkim/sealed-text.ts'
import { signDkim } from '../trust/dkim/sign.ts'
import { authorDomain } from '../trust/verdict.ts'
import type { Arrived } from './arrived.ts'
import { directionOf } from './checks/check.ts'

export interface SigningPorts {
  readonly keys: KeyBook
  readonly serverName: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export class Signing {
  readonly #ports: SigningPorts

  constructor(ports: SigningPorts) {
    this.#ports = ports
  }

  /** The fields, each with its CRLF, that go before `fields` and the text; "" for none. */
  async sign({ envelope, letter, findings }: Arrived, fields: string): Promise<string> {
    const { keys, now } = this.#ports
    const before = Buffer.from(fields)
    const text = new SealedText(Buffer.concat([before, letter.head]), async function* () {
      yield before
      yield* letter.text()
    })
    const { client } = envelope
    // Whoever is neither ours nor trusted could have us sign in our own name.
    if (directionOf(client) === 'in' && !client.trusted) return this.#seal(text, findings)
    const author = authorDomain(text)
    const found = 'domain' in author ? await keys.keysFor(author.domain) : []
    return found.length === 0 ? '' : await signDkim(text, found, now())
  }

  /** RFC 8617 §5.1: what we forward says what we found. */
  async #seal(text: SealedText, findings: Arrived['findings']): Promise<string> {
    const { keys, serverName, now } = this.#ports
    const chain = findings?.origin?.arc.result
    const own = text
      .named('authentication-results')
      .find(({ value }) => value.startsWith(`${serverName};`))
    if (!own || chain === undefined || chain === 'temperror') return ''
    const found = await keys.keysFor(serverName)
    const key = found.find(({ algorithm }) => algorithm === 'rsa-sha256')
    return key ? await sealArc(text, { key, results: own.value, chain, now: now() }) : ''
  }
}
