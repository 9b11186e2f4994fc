// Which SASL mechanisms a connection is offered, and the leading of each exchange (RFC 4422). Knows
// no accounts and no protocol: it asks a port, and is asked by whatever has an AUTH command.
import { loopback, Networks } from '../base/networks.ts'
import { Refused } from '../base/refused.ts'
import { bearer } from './sasl-bearer.ts'
import {
  type Authenticator,
  answerTo,
  type Channel,
  type Exchange,
  firstOf,
  type Offers,
  type SaslOutcome,
} from './sasl-port.ts'
import { canBind, scram } from './sasl-scram.ts'

interface Claim {
  readonly name: string
  readonly password: string
}

const ownMachine = new Networks(loopback)

/**
 * The mechanisms for this connection, strongest first. None where it could be overheard: not under
 * TLS, and not within this machine.
 */
export function offered(channel: Channel, { scram, bearer }: Offers): readonly string[] {
  if (channel.tls === '' && !ownMachine.has(channel.address)) return []
  return [
    ...(channel.certified.length > 0 ? ['EXTERNAL'] : []),
    ...(scram && canBind(channel) ? ['SCRAM-SHA-256-PLUS'] : []),
    ...(scram ? ['SCRAM-SHA-256'] : []),
    ...['PLAIN', 'LOGIN'],
    ...(bearer ? ['OAUTHBEARER', 'XOAUTH2'] : []),
  ]
}

/**
 * Leads one exchange of a mechanism that is `offered` on this channel.
 * @throws Refused 'busy' | 'rate-limited' | 'unavailable' | … when nobody can tell at the moment
 */
export async function authenticate<Login>(
  mechanism: string,
  exchange: Exchange,
  channel: Channel,
  accounts: Authenticator<Login>,
): Promise<SaslOutcome<Login>> {
  switch (mechanism) {
    case 'PLAIN':
    case 'LOGIN': {
      const claim = mechanism === 'PLAIN' ? await plain(exchange) : await spelled(exchange)
      if (typeof claim === 'string') return claim
      return proved(await accounts.password(claim.name, claim.password))
    }
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-256-PLUS':
      return scram(exchange, channel, accounts, { plus: mechanism.endsWith('-PLUS') })
    case 'OAUTHBEARER':
    case 'XOAUTH2':
      return bearer(exchange, accounts, mechanism)
    case 'EXTERNAL': {
      // RFC 4422 §A: the message is whom to act as, or empty.
      const actAs = await firstOf(exchange)
      if (typeof actAs === 'string') return actAs
      return proved(await accounts.certified(channel.certified, actAs.toString()))
    }
    default:
      throw new Error(`no mechanism ${mechanism}`)
  }
}

/**
 * RFC 4616 §2: authorization id, NUL, authentication id, NUL, password; UTF-8.
 * @throws Refused 'wrong-credentials' when it wants to act as another
 */
async function plain(exchange: Exchange): Promise<Claim | 'cancelled' | 'malformed'> {
  const message = await firstOf(exchange)
  if (typeof message === 'string') return message
  const [actAs, name, password, ...more] = message.toString().split('\0')
  if (name === undefined || password === undefined || more.length > 0) return 'malformed'
  // Acting for somebody else is not offered: asked for, it is refused rather than ignored.
  if (actAs !== '' && actAs !== name) throw new Refused('wrong-credentials', 'authorization id')
  return claim(name, password)
}

/** LOGIN: the name, then the password. */
async function spelled(exchange: Exchange): Promise<Claim | 'cancelled' | 'malformed'> {
  const name = await firstOf(exchange, 'Username:')
  if (typeof name === 'string') return name
  const password = await answerTo('Password:', exchange.ask)
  if (typeof password === 'string') return password
  return claim(name.toString(), password.toString())
}

function claim(name: string, password: string): Claim | 'malformed' {
  return name === '' || password === '' ? 'malformed' : { name, password }
}

function proved<Login>(login: Login | undefined): SaslOutcome<Login> {
  return login === undefined ? 'wrong' : { login }
}

/** What came of `authenticate`; "later" is what may be right, and cannot be found out now. */
export async function provedOrLater<Login>(
  proof: Promise<SaslOutcome<Login>>,
): Promise<SaslOutcome<Login> | 'later'> {
  try {
    return await proof
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return error.code === 'wrong-credentials' ? 'wrong' : 'later'
  }
}
