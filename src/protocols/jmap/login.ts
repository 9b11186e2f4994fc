// How people in browsers come in and go: a name and a password become a cookie that no script can
// read and no other site can send.
import type { Login } from '../../accounts/logins.ts'
import { Refused } from '../../base/refused.ts'
import { errorAnswer, json } from '../../wire/http-answer.ts'
import type { HttpAnswer, HttpRequest, Route } from '../../wire/http-types.ts'
import { isObject } from './args.ts'
import type { JmapPorts } from './ports.ts'
import { askerOf, cookieName, isForeign, isPrivate, secretOf } from './who.ts'

const bodyMaxBytes = 10_000
const cookieSeconds = 30 * 86_400

export function loginRoutes(ports: JmapPorts): readonly Route[] {
  return [
    { method: 'POST', path: '/login', run: (request) => login(request, ports) },
    { method: 'POST', path: '/logout', run: (request) => logout(request, ports) },
  ]
}

/** `{"name", "password", "code"?}` in; the person's name and address out, with the cookie. */
async function login(request: HttpRequest, ports: JmapPorts): Promise<HttpAnswer> {
  const refusal = unfit(request, ports)
  if (refusal) return refusal
  const said = await readJson(request)
  const { name, password, code = '' } = isObject(said) ? said : {}
  const given = [name, password, code].every((each) => typeof each === 'string')
  if (!given) return errorAnswer(400, 'bad-value')
  const { client } = request
  const where = { protocol: 'http', address: client, session: ports.ids.next() }
  const authenticator = ports.accounts.authenticator(where)
  const tried = await authenticator.person(name as string, password as string, code as string)
  if (tried.is === 'refused') throw new Refused('wrong-credentials')
  if (tried.is !== 'in') return errorAnswer(401, tried.is)
  const found = tried.login
  return letIn(request, ports, found)
}

/** Opens a session for who has proved to be somebody. */
export async function letIn(
  request: HttpRequest,
  ports: JmapPorts,
  found: Login,
): Promise<HttpAnswer> {
  const { client, headers } = request
  const agent = headers['user-agent'] ?? ''
  const { secret } = await ports.accounts.sessions.open(found, { client, agent })
  const answer = json(200, { address: found.address, name: found.name })
  return withCookie(answer, request, `${secret}; Max-Age=${cookieSeconds}`)
}

/** Ends this session, or with `{"everywhere": true}` all of the account's. */
async function logout(request: HttpRequest, ports: JmapPorts): Promise<HttpAnswer> {
  const refusal = unfit(request, ports)
  if (refusal) return refusal
  const said = await readJson(request)
  const asker = secretOf(request) === '' ? undefined : await askerOf(request, ports)
  if (asker && asker.session !== '') {
    const { sessions } = ports.accounts
    if (isObject(said) && said.everywhere === true) await sessions.endAll(asker.login.account)
    else await sessions.end(asker.login.account, asker.session)
  }
  return withCookie({ status: 204 }, request, '; Max-Age=0')
}

/** Why a browser's request is not looked at. */
export function unfit(request: HttpRequest, { hosts }: JmapPorts): HttpAnswer | undefined {
  if (isForeign(request, hosts)) return errorAnswer(403, 'other-origin')
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    return errorAnswer(415, 'json-only')
  return isPrivate(request) ? undefined : errorAnswer(403, 'needs-tls')
}

export async function readJson(request: HttpRequest): Promise<unknown> {
  const body = await request.body(bodyMaxBytes)
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    return undefined
  }
}

function withCookie(answer: HttpAnswer, { secure }: HttpRequest, value: string): HttpAnswer {
  const flags = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
  const cookie = `${cookieName(secure)}=${value}; ${flags}`
  return { ...answer, headers: { ...answer.headers, 'set-cookie': cookie } }
}
