// Asks the authority that made a bearer token whose it is: OAuth 2.0 token introspection, RFC 7662.
// Knows no accounts: it returns the address the authority names.
import { Refused } from '../base/refused.ts'

export interface TokenCheckOptions {
  /** Of the introspection endpoint. */
  readonly url: string
  /** How this server proves itself there (RFC 7662 §2.1); "" for not at all. */
  readonly clientId: string
  readonly clientSecret: string
  /** The member of the answer that names the account. */
  readonly claim: string
  /** A scope that the token must have, or "". */
  readonly scope: string
  readonly timeoutMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const askedMax = 32
const answerMaxBytes = 65_536
const tokenMaxLength = 8_192

export class TokenCheck {
  readonly #options: TokenCheckOptions
  #asked = 0

  constructor(options: TokenCheckOptions) {
    this.#options = options
  }

  /**
   * The address of whom the token is, undefined for one that is not good.
   * @throws Refused 'busy' | 'unavailable'
   */
  async addressOf(token: string): Promise<string | undefined> {
    if (token.length > tokenMaxLength) return undefined
    if (this.#asked >= askedMax) throw new Refused('busy', 'too many tokens to check')
    this.#asked++
    try {
      return this.#named(await this.#ask(token))
    } finally {
      this.#asked--
    }
  }

  async #ask(token: string): Promise<unknown> {
    const { url, clientId, clientSecret, timeoutMs } = this.#options
    const basic = Buffer.from(`${encoded(clientId)}:${encoded(clientSecret)}`).toString('base64')
    try {
      const response = await fetch(url, {
        method: 'POST',
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
        headers: {
          accept: 'application/json',
          ...(clientId === '' ? {} : { authorization: `Basic ${basic}` }),
        },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      if (!response.ok) throw new Error(`it answers ${response.status}`)
      return JSON.parse(await textOf(response))
    } catch (error) {
      throw new Refused('unavailable', `the token check: ${reasonOf(error)}`)
    }
  }

  /** RFC 7662 §2.2 */
  #named(answer: unknown): string | undefined {
    const { claim, scope, now } = this.#options
    const said = new Map(Object.entries(answer ?? {}))
    if (said.get('active') !== true) return undefined
    const [expires, begins] = [said.get('exp'), said.get('nbf')]
    if (typeof expires === 'number' && expires * 1000 <= now()) return undefined
    if (typeof begins === 'number' && begins * 1000 > now()) return undefined
    const scopes = String(said.get('scope') ?? '').split(' ')
    if (scope !== '' && !scopes.includes(scope)) return undefined
    const name = said.get(claim)
    return typeof name === 'string' && name !== '' ? name : undefined
  }
}

/** RFC 6749 §2.3.1: encoded as a form before it is a password. */
function encoded(text: string): string {
  return new URLSearchParams({ x: text }).toString().slice(2)
}

/** @throws Error for a text beyond what any authority says */
async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > answerMaxBytes) throw new Error('its answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message} (${cause.message})` : message
}
