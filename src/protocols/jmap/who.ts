// Who asks: a browser with its cookie, or a client with a password or a token. A page of somebody
// else, open in a person's browser, must not be able to ask in that person's name.
import { isIP } from 'node:net'
import { loopback, Networks } from '../../base/networks.ts'
import { Refused } from '../../base/refused.ts'
import type { HttpRequest } from '../../wire/http-types.ts'
import type { Asker, JmapPorts } from './ports.ts'

/** Over TLS no other site can set it; on a plain loopback port browsers do not take that name. */
export function cookieName(secure: boolean): string {
  return secure ? '__Host-amplop' : 'amplop'
}

const ownMachine = new Networks(loopback)

/** Whether what is said here could be overheard. */
export function isPrivate({ secure, client }: HttpRequest): boolean {
  return secure || client === '' || ownMachine.has(client)
}

export function secretOf({ headers, secure }: HttpRequest): string {
  const wanted = `${cookieName(secure)}=`
  const found = headers.cookie?.split(';').find((each) => each.trim().startsWith(wanted))
  return found?.trim().slice(wanted.length) ?? ''
}

/**
 * Whether a browser sends this for a page that is not ours: told by Fetch Metadata, by Origin, and
 * by a name of this machine that is none of its names.
 */
export function isForeign({ headers, secure }: HttpRequest, hosts: readonly string[]): boolean {
  const site = headers['sec-fetch-site']
  const { origin, host = '' } = headers
  if (site === undefined && origin === undefined) return false
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  if (origin !== undefined && origin !== `${secure ? 'https' : 'http'}://${host}`) return true
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
  return !(name === 'localhost' || isIP(name) !== 0 || hosts.includes(name))
}

/**
 * undefined is nobody, whatever was wrong.
 * @throws Refused 'rate-limited' | 'busy' | 'needs-tls' | …
 */
export async function askerOf(request: HttpRequest, ports: JmapPorts): Promise<Asker | undefined> {
  const { client, secure, headers } = request
  if (isForeign(request, ports.hosts)) return undefined
  const common = { client, secure }
  const said = headers.authorization
  if (said !== undefined) {
    if (!isPrivate(request)) throw new Refused('needs-tls', 'credentials in the clear')
    const login = await loginOf(said, request, ports)
    const way = /^bearer/i.test(said) ? 'bearer' : 'password'
    return login && { ...common, login, session: '', way }
  }
  const found = await ports.accounts.sessions.find(secretOf(request))
  return found && { ...common, login: found.login, session: found.session, way: 'session' }
}

function loginOf(said: string, request: HttpRequest, ports: JmapPorts) {
  const where = { protocol: 'jmap', address: request.client, session: ports.ids.next() }
  const authenticator = ports.accounts.authenticator(where)
  const [, scheme = '', value = ''] = /^(Basic|Bearer) +(\S+) *$/i.exec(said) ?? []
  if (scheme.toLowerCase() === 'bearer')
    return authenticator.offers.bearer ? authenticator.bearer('', value) : undefined
  const [, name, password] =
    /^([^:]+):([\s\S]+)$/.exec(Buffer.from(value, 'base64').toString()) ?? []
  if (name === undefined || password === undefined) return undefined
  return authenticator.password(name, password)
}
