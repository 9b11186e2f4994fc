// The SASL exchanges that name an account and its password: PLAIN (RFC 4616) and LOGIN. Knows no
// accounts: it returns what the client claims.
import { Refused } from '../base/refused.ts'

export interface Claim {
  readonly name: string
  readonly password: string
}

/** "cancelled": the client sent "*" (RFC 4954 §4); "malformed": it is no base64, or no claim. */
export type SaslOutcome = Claim | 'cancelled' | 'malformed'

export const mechanisms = ['PLAIN', 'LOGIN'] as const
export type Mechanism = (typeof mechanisms)[number]

/**
 * Leads the exchange. `initial` is the initial response in base64 ("=" is the empty one), or
 * undefined; `ask` sends a base64 challenge and resolves with the client's line.
 */
export async function exchange(
  mechanism: Mechanism,
  initial: string | undefined,
  ask: (challenge: string) => Promise<string>,
): Promise<SaslOutcome> {
  switch (mechanism) {
    case 'PLAIN':
      return plain(await answer(initial, '', ask))
    case 'LOGIN': {
      const name = await answer(initial, 'Username:', ask)
      if (typeof name === 'string') return name
      const password = await answer(undefined, 'Password:', ask)
      if (typeof password === 'string') return password
      return claim(name.toString(), password.toString())
    }
  }
}

/** RFC 4616 §2: authorization id, NUL, authentication id, NUL, password; UTF-8. */
function plain(message: Buffer | 'cancelled' | 'malformed'): SaslOutcome {
  if (typeof message === 'string') return message
  const [actAs, name, password, ...more] = message.toString().split('\0')
  if (name === undefined || password === undefined || more.length > 0) return 'malformed'
  // Acting for somebody else is not offered: asked for, it is refused rather than ignored.
  if (actAs !== '' && actAs !== name) throw new Refused('wrong-credentials', 'authorization id')
  return claim(name, password)
}

function claim(name: string, password: string): SaslOutcome {
  return name === '' || password === '' ? 'malformed' : { name, password }
}

async function answer(
  initial: string | undefined,
  challenge: string,
  ask: (challenge: string) => Promise<string>,
): Promise<Buffer | 'cancelled' | 'malformed'> {
  const text = initial ?? (await ask(Buffer.from(challenge).toString('base64'))).trim()
  if (initial === undefined && text === '*') return 'cancelled'
  if (initial === '=') return Buffer.alloc(0)
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
    ? Buffer.from(text, 'base64')
    : 'malformed'
}
