// Passkeys in browsers: making one, for who has come in and says the password again; and coming in
// with one. Each has two steps by one address: what is to be signed, and what was signed.
import { errorAnswer, json } from '../../wire/http-answer.ts'
import type { HttpAnswer, HttpRequest, Route } from '../../wire/http-types.ts'
import { isObject, type Json } from './args.ts'
import { letIn, readJson, unfit } from './login.ts'
import type { JmapPorts } from './ports.ts'
import { askerOf } from './who.ts'

export function passkeyRoutes(ports: JmapPorts): readonly Route[] {
  return [
    { method: 'POST', path: '/login/passkey', run: (request) => comeIn(request, ports) },
    { method: 'POST', path: '/passkeys', run: (request) => make(request, ports) },
  ]
}

/** As the browser names the page: what it signs must say so. */
function placeOf({ secure, headers }: HttpRequest) {
  const { host = 'localhost' } = headers
  return {
    origin: `${secure ? 'https' : 'http'}://${host}`,
    rpId: host.replace(/:\d+$/, '').toLowerCase(),
  }
}

/** The challenge that the browser says it signed: whether it was ours is found out by its proof. */
function challengeIn(clientDataJSON: string): string {
  try {
    const said: unknown = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString())
    return isObject(said) && typeof said.challenge === 'string' ? said.challenge : ''
  } catch {
    return ''
  }
}

function texts<const K extends string>(said: unknown, names: readonly K[]) {
  if (!isObject(said) || !names.every((name) => typeof said[name] === 'string')) return undefined
  return said as Json & Record<K, string>
}

async function comeIn(request: HttpRequest, ports: JmapPorts): Promise<HttpAnswer> {
  const refusal = unfit(request, ports)
  if (refusal) return refusal
  const { passkeys } = ports.accounts
  const said = await readJson(request)
  const place = placeOf(request)
  const names = ['id', 'clientDataJSON', 'authenticatorData', 'signature'] as const
  const given = texts(said, names)
  if (!given) return json(200, { challenge: await passkeys.challenge(''), rpId: place.rpId })
  const where = { protocol: 'http', address: request.client, session: ports.ids.next() }
  const challenge = challengeIn(given.clientDataJSON)
  const login = await ports.accounts
    .authenticator(where)
    .passkey(given.id, { ...given, ...place, challenge })
  return login ? letIn(request, ports, login) : errorAnswer(401, 'wrong-credentials')
}

async function make(request: HttpRequest, ports: JmapPorts): Promise<HttpAnswer> {
  const refusal = unfit(request, ports)
  if (refusal) return refusal
  const asker = await askerOf(request, ports)
  if (!asker || asker.session === '') return errorAnswer(401, 'needs-login')
  const { account, address, name } = asker.login
  const { passkeys } = ports.accounts
  const said = await readJson(request)
  const place = placeOf(request)
  const given = texts(said, ['label', 'clientDataJSON', 'attestationObject'])
  if (given) {
    const challenge = challengeIn(given.clientDataJSON)
    const id = await passkeys.add(account, given.label, { ...given, ...place, challenge })
    return json(201, { id })
  }
  const proof = texts(said, ['password'])
  if (!proof) return errorAnswer(400, 'bad-value')
  const where = { protocol: 'http', address: request.client, session: ports.ids.next() }
  const code = typeof proof.code === 'string' ? proof.code : ''
  const tried = await ports.accounts.authenticator(where).person(address, proof.password, code)
  if (tried.is !== 'in') return errorAnswer(403, tried.is)
  const known = (await passkeys.list(account)).map(({ id }) => id)
  const user = { id: Buffer.from(account).toString('base64url'), name: address, displayName: name }
  const challenge = await passkeys.challenge(account)
  return json(200, { challenge, rpId: place.rpId, user, known })
}
