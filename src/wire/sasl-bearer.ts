// The SASL mechanisms that carry a token of somebody else's making: OAUTHBEARER (RFC 7628) and its
// forerunner XOAUTH2. Knows no accounts and no token.
import {
  type Authenticator,
  answerTo,
  type Exchange,
  firstOf,
  type SaslOutcome,
} from './sasl-port.ts'

/** RFC 7628 §3.2.2; XOAUTH2 tells a number. */
const failures = {
  OAUTHBEARER: '{"status":"invalid_token"}',
  XOAUTH2: '{"status":"401","schemes":"bearer"}',
}

export async function bearer<Login>(
  exchange: Exchange,
  accounts: Authenticator<Login>,
  mechanism: keyof typeof failures,
): Promise<SaslOutcome<Login>> {
  const message = await firstOf(exchange)
  if (typeof message === 'string') return message
  const said = mechanism === 'XOAUTH2' ? oldStyle(message.toString()) : standard(message.toString())
  if (!said) return 'malformed'
  const login = await accounts.bearer(said.name, said.token)
  if (login !== undefined) return { login }
  // RFC 7628 §3.2.3: the failure is a challenge, and what the client says to it is a courtesy.
  const last = await answerTo(failures[mechanism], exchange.ask)
  return last === 'cancelled' ? 'cancelled' : 'wrong'
}

interface Said {
  readonly name: string
  readonly token: string
}

const bearerForm = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i

/** RFC 7628 §3.1: a GS2 header, then pairs, each behind a ^A; two ^A end them. */
function standard(text: string): Said | undefined {
  const found = /^n,(?:a=([^,\x01]*))?,\x01((?:[A-Za-z]+=[^\x01]*\x01)*)\x01$/.exec(text)
  if (!found) return undefined
  const name = (found[1] ?? '').replaceAll('=2C', ',').replaceAll('=3D', '=')
  return saidIn(name, found[2] ?? '')
}

/** "user=" NAME ^A "auth=Bearer " TOKEN ^A ^A */
function oldStyle(text: string): Said | undefined {
  const found = /^user=([^\x01]*)\x01((?:[A-Za-z]+=[^\x01]*\x01)*)\x01$/.exec(text)
  return found ? saidIn(found[1] ?? '', found[2] ?? '') : undefined
}

function saidIn(name: string, pairs: string): Said | undefined {
  const auth = pairs.split('\x01').find((pair) => pair.startsWith('auth=')) ?? ''
  const token = bearerForm.exec(auth.slice(5))?.[1]
  return token === undefined ? undefined : { name, token }
}
