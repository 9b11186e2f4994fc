// The words of SASL (RFC 4422): what an exchange needs of the connection it runs on, and of whoever
// knows the accounts. Knows no mechanism.

/** What two sides of one TLS connection share and nobody between them: RFC 5929, RFC 9266. */
export type BindingType = 'tls-exporter' | 'tls-server-end-point'

/** The connection an exchange runs on. */
export interface Channel {
  /** The client's address. */
  readonly address: string
  /** "TLSv1.3", or "" on a plain connection. */
  readonly tls: string
  /** Mail addresses that a certificate proves the client to have; empty without one. */
  readonly certified: readonly string[]
  /** undefined: this connection has none of that type. */
  channelBinding(type: BindingType): Buffer | undefined
}

/** What can be checked against a SCRAM proof, and never tells the password: RFC 5802 §3. */
export interface ScramKey {
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

export interface ScramSecrets<Login> {
  readonly salt: Buffer
  readonly iterations: number
  /** One for each password that would do; never none: nobody's are made up. */
  readonly keys: readonly ScramKey[]
  /** Which of the keys the client has proved to know, or undefined; and who that makes it. */
  settle(key: number | undefined): Promise<Login | undefined>
}

/**
 * Whoever knows the accounts, asked for one client. undefined is all that is told of a failure.
 * @throws Refused 'busy' | 'rate-limited' | 'unavailable' | …: it could not be found out
 */
export interface Authenticator<Login> {
  readonly offers: Offers
  password(name: string, password: string): Promise<Login | undefined>
  scram(name: string): Promise<ScramSecrets<Login>>
  /** `name` is "" where the client did not say whose token it is. */
  bearer(name: string, token: string): Promise<Login | undefined>
  /** `actAs` is whom the client wants to be, or "" for whom its certificate names. */
  certified(addresses: readonly string[], actAs: string): Promise<Login | undefined>
}

/** What is on offer beside passwords, which always are. */
export interface Offers {
  readonly scram: boolean
  readonly bearer: boolean
}

/**
 * "cancelled": the client sent "*" (RFC 4954 §4); "malformed": what it sent follows no grammar;
 * "wrong": it has not proved who it is.
 */
export type SaslOutcome<Login> = { readonly login: Login } | 'wrong' | 'cancelled' | 'malformed'

/** One exchange: how it began, and the way to go on. */
export interface Exchange {
  /** The initial response in base64 ("=" is the empty one), or undefined. */
  readonly initial: string | undefined
  /** Sends a base64 challenge and resolves with the client's line. */
  ask(challenge: string): Promise<string>
}

/** The first message of a client: the initial response, or the answer to `challenge`. */
export async function firstOf(
  { initial, ask }: Exchange,
  challenge = '',
): Promise<Buffer | 'cancelled' | 'malformed'> {
  if (initial === undefined) return answerTo(challenge, ask)
  return initial === '=' ? Buffer.alloc(0) : decoded(initial)
}

/** Asks, and decodes the answer. */
export async function answerTo(
  challenge: string,
  ask: Exchange['ask'],
): Promise<Buffer | 'cancelled' | 'malformed'> {
  const text = (await ask(Buffer.from(challenge).toString('base64'))).trim()
  return text === '*' ? 'cancelled' : decoded(text)
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function decoded(text: string): Buffer | 'malformed' {
  return base64.test(text) ? Buffer.from(text, 'base64') : 'malformed'
}
