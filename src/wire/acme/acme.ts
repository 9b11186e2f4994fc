// Gets a certificate from an authority that speaks ACME, RFC 8555: account, order, proofs,
// download. Knows the protocol; where keys are kept, and when it is time, is known to others.
import type { KeyObject } from 'node:crypto'
import type { ChallengeType, Proof } from './challenges.ts'
import { certificateRequest } from './csr.ts'
import { jwkOf, macedJson, signedJson, thumbprint } from './jws.ts'
import type { Web, WebAnswer } from './web.ts'

export interface AcmeOptions {
  readonly web: Web
  /** Of its directory. */
  readonly directory: string
  /** The key of the account: EC P-256. */
  readonly accountKey: KeyObject
  /** "mailto:…", or "". */
  readonly contact: string
  /** RFC 8555 §7.3.4: an account there already; undefined where none is asked for. */
  readonly external?: { readonly id: string; readonly key: Buffer } | undefined
  /** Those that can be shown here, the best first. */
  readonly types: readonly ChallengeType[]
  /** Shows a proof; what is answered takes it away. */
  readonly show: (type: ChallengeType, proof: Proof) => () => void
  readonly wait: (ms: number) => Promise<void>
}

/** What an authority refused: its words, and when it wants to hear of it again. */
export class AcmeRefusal extends Error {
  /** "urn:ietf:params:acme:error:rateLimited" without what all have in front. */
  readonly type: string
  readonly retryAfterMs: number
  /** The name that it was about, or "". */
  readonly about: string

  constructor(text: string, type = '', { about = '', retryAfterMs = 0 } = {}) {
    super(text)
    this.type = type
    this.retryAfterMs = retryAfterMs
    this.about = about
  }
}

interface Directory {
  readonly newNonce: string
  readonly newAccount: string
  readonly newOrder: string
}

interface Order {
  readonly status: string
  readonly authorizations: readonly string[]
  readonly finalize: string
  readonly certificate?: string
  readonly error?: Problem
}

interface Authorization {
  readonly status: string
  readonly identifier: { readonly value: string }
  readonly challenges: readonly Challenge[]
}

interface Challenge {
  readonly type: string
  readonly url: string
  readonly token: string
  readonly status: string
  readonly error?: Problem
}

interface Problem {
  readonly type?: string
  readonly detail?: string
}

const pollsMax = 40
const pollMs = 1_500
const pollMaxMs = 15_000
const nonceTriesMax = 4
const namesMax = 100

export class Acme {
  readonly #options: AcmeOptions
  #directory: Directory | undefined
  #account = ''
  #nonce = ''

  constructor(options: AcmeOptions) {
    this.#options = options
  }

  /** The chain for `names` in PEM, leaf first. @throws AcmeRefusal, Error */
  async certificate(names: readonly string[], key: KeyObject): Promise<string> {
    if (names.length > namesMax) throw new Error('too many names')
    await this.#register()
    const { newOrder } = await this.#places()
    const identifiers = names.map((value) => ({ type: 'dns', value }))
    const made = await this.#post(newOrder, { identifiers })
    const place = made.headers.location ?? ''
    const order = json<Order>(made)
    for (const url of order.authorizations) await this.#authorize(url)
    const ready = await this.#until<Order>(place, ({ status }) => status !== 'pending')
    if (ready.status !== 'ready' && ready.status !== 'valid') throw failed(ready.error, names[0])
    const csr = certificateRequest(names, key).toString('base64url')
    if (ready.status === 'ready') await this.#post(order.finalize, { csr })
    const done = await this.#until<Order>(
      place,
      ({ status }) => status === 'valid' || status === 'invalid',
    )
    if (!done.certificate) throw failed(done.error, names[0])
    return (await this.#post(done.certificate, undefined)).body
  }

  async #register(): Promise<void> {
    if (this.#account !== '') return
    const { contact, external, accountKey } = this.#options
    const { newAccount } = await this.#places()
    const binding = external && {
      externalAccountBinding: macedJson(
        { kid: external.id, url: newAccount },
        jwkOf(accountKey),
        external.key,
      ),
    }
    const made = await this.#post(newAccount, {
      termsOfServiceAgreed: true,
      ...(contact === '' ? {} : { contact: [contact] }),
      ...binding,
    })
    this.#account = made.headers.location ?? ''
  }

  async #authorize(url: string): Promise<void> {
    const { types, show, accountKey } = this.#options
    const found = json<Authorization>(await this.#post(url, undefined))
    const name = found.identifier.value
    if (found.status === 'valid') return
    const chosen = types
      .flatMap((type) => found.challenges.find((one) => one.type === type) ?? [])
      .at(0)
    if (!chosen) throw new AcmeRefusal(`no proof that can be shown here for ${name}`)
    const proof = `${chosen.token}.${thumbprint(accountKey)}`
    const hide = show(chosen.type as ChallengeType, { name, token: chosen.token, proof })
    try {
      await this.#post(chosen.url, {})
      const done = await this.#until<Authorization>(url, ({ status }) => status !== 'pending')
      if (done.status === 'valid') return
      const failure = done.challenges.find(({ error }) => error)?.error
      throw failed(failure, name)
    } finally {
      hide()
    }
  }

  /** Asks until it is so. RFC 8555 §7.5.1 */
  async #until<T>(url: string, isSo: (found: T) => boolean): Promise<T> {
    for (let n = 0; n < pollsMax; n++) {
      const answer = await this.#post(url, undefined)
      const found = json<T>(answer)
      if (isSo(found)) return found
      await this.#options.wait(Math.min(retryAfter(answer) || pollMs, pollMaxMs))
    }
    throw new Error('the authority takes too long')
  }

  async #places(): Promise<Directory> {
    const { web, directory } = this.#options
    if (this.#directory) return this.#directory
    const answer = await web(directory, { method: 'GET' })
    if (answer.status !== 200) throw new Error(`${directory}: HTTP ${answer.status}`)
    this.#directory = json<Directory>(answer)
    return this.#directory
  }

  /** RFC 8555 §6.2 to §6.5: signed, each with a nonce of its own. @throws AcmeRefusal */
  async #post(url: string, payload: unknown): Promise<WebAnswer> {
    const { web, accountKey } = this.#options
    for (let n = 1; ; n++) {
      const nonce = this.#nonce || (await this.#freshNonce())
      const who = this.#account === '' ? { jwk: jwkOf(accountKey) } : { kid: this.#account }
      const body = JSON.stringify(signedJson({ ...who, nonce, url }, payload, accountKey))
      const answer = await web(url, { method: 'POST', body })
      this.#nonce = answer.headers['replay-nonce'] ?? ''
      if (answer.status < 400) return answer
      const refusal = refusalOf(answer)
      if (refusal.type !== 'badNonce' || n >= nonceTriesMax) throw refusal
    }
  }

  async #freshNonce(): Promise<string> {
    const { newNonce } = await this.#places()
    const { headers } = await this.#options.web(newNonce, { method: 'HEAD' })
    const nonce = headers['replay-nonce']
    if (nonce === undefined) throw new Error('the authority gives no nonce')
    return nonce
  }
}

function json<T>({ body }: WebAnswer): T {
  try {
    return JSON.parse(body) as T
  } catch {
    throw new Error('the authority answers with no JSON')
  }
}

function failed(problem: Problem | undefined, about = ''): AcmeRefusal {
  const text = `${about}: ${(problem?.detail ?? 'refused').slice(0, 500)}`
  return new AcmeRefusal(text, typeOf(problem), { about })
}

function refusalOf(answer: WebAnswer): AcmeRefusal {
  const problem = problemIn(answer.body)
  const text = (problem.detail ?? `HTTP ${answer.status}`).slice(0, 500)
  return new AcmeRefusal(text, typeOf(problem), { retryAfterMs: retryAfter(answer) })
}

function problemIn(body: string): Problem {
  try {
    return JSON.parse(body) as Problem
  } catch {
    return {}
  }
}

function typeOf(problem: Problem | undefined): string {
  return String(problem?.type ?? '').replace('urn:ietf:params:acme:error:', '')
}

/** RFC 9110 §10.2.3: seconds, or a date; 0 where nothing is said. */
function retryAfter({ headers }: WebAnswer): number {
  const said = headers['retry-after'] ?? ''
  if (/^\d{1,9}$/.test(said)) return Number(said) * 1000
  const at = Date.parse(said)
  return Number.isFinite(at) ? Math.max(0, at - Date.now()) : 0
}
