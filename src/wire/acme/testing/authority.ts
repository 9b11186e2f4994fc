// A small authority for tests, RFC 8555 from the other side: checks every signature and nonce,
// looks for the proof where it should be, and issues what was asked for.
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  verify,
  X509Certificate,
} from 'node:crypto'
import { get } from 'node:http'
import { connect } from 'node:tls'
import { silentLog } from '../../../base/log.ts'
import { serveHttp } from '../../http.ts'
import { type HttpAnswer, type HttpRequest, httpLimits } from '../../http-types.ts'
import { certificateOf } from '../../self-signed.ts'
import type { ChallengeType } from '../challenges.ts'
import type { Jwk } from '../jws.ts'

export interface Authority {
  readonly directory: string
  /** Its own certificate, in PEM. */
  readonly root: string
  /** The names of each certificate that it issued. */
  readonly issued: string[][]
  /** Names that it will not prove. */
  readonly refused: Set<string>
  /** Nonces that it takes for spent though they are not: the client must ask again. */
  badNonces: number
  lifeMs: number
  /** "" or the type of a problem with which every order is refused. */
  problem: string
  accounts: number
  /** Awaited before each answer. */
  gate: Promise<void>
  close(): Promise<void>
}

export interface AuthorityOptions {
  readonly offers: readonly ChallengeType[]
  /** Where it looks for proofs, whatever the name. */
  readonly ports: () => { readonly http: number; readonly https: number }
  readonly now?: () => number
}

interface Order {
  readonly names: readonly string[]
  readonly proved: Map<string, 'pending' | 'valid' | 'invalid'>
  certificate: string
}

interface Signed {
  readonly url: string
  readonly jwk?: Jwk
  readonly kid?: string
  readonly nonce: string
  readonly payload: Record<string, unknown> | undefined
  readonly key: Jwk
}

export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  const authority = new TestAuthority(options)
  await authority.open()
  return authority
}

class TestAuthority implements Authority {
  readonly issued: string[][] = []
  readonly refused = new Set<string>()
  badNonces = 0
  lifeMs = 90 * 86_400_000
  problem = ''
  gate: Promise<void> = Promise.resolve()
  readonly root: string
  readonly #options: AuthorityOptions
  readonly #key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #nonces = new Set<string>()
  readonly #accounts: Jwk[] = []
  readonly #orders: Order[] = []
  #base = ''
  #close: () => Promise<void> = async () => {}

  constructor(options: AuthorityOptions) {
    this.#options = options
    const { publicKey, privateKey: key } = this.#key
    this.root = certificateOf({ names: ['Test CA'], publicKey, issuer: { name: 'Test CA', key } })
  }

  get directory(): string {
    return `${this.#base}/directory`
  }

  get accounts(): number {
    return this.#accounts.length
  }

  async open(): Promise<void> {
    const plain = (run: () => HttpAnswer) => ({ method: 'GET' as const, run })
    const server = await serveHttp({
      ...{ host: '127.0.0.1', port: 0, log: silentLog, limits: httpLimits },
      routes: [
        { ...plain(() => this.#places()), path: '/directory' },
        { ...plain(() => ({ status: 200, headers: this.#nonce() })), path: '/nonce' },
        { method: 'POST', path: '/*', run: (request) => this.#hear(request) },
      ],
    })
    this.#base = `http://127.0.0.1:${server.port}`
    this.#close = () => server.close(0)
  }

  close(): Promise<void> {
    return this.#close()
  }

  #places(): HttpAnswer {
    const at = (path: string) => `${this.#base}/${path}`
    return answer(200, {
      ...{ newNonce: at('nonce'), newAccount: at('account'), newOrder: at('order') },
    })
  }

  #nonce(): Record<string, string> {
    const nonce = randomBytes(12).toString('base64url')
    this.#nonces.add(nonce)
    return { 'replay-nonce': nonce }
  }

  async #hear(request: HttpRequest): Promise<HttpAnswer> {
    await this.gate
    const signed = this.#verified(JSON.parse(String(await request.body(65_536))), request.path)
    const reply =
      typeof signed === 'string' ? problem(400, signed) : await this.#run(request.path, signed)
    return { ...reply, headers: { ...reply.headers, ...this.#nonce() } }
  }

  /** What was signed, or what is wrong with it. */
  #verified(jws: Record<string, string>, path: string): Signed | string {
    const decode = (text = '') => JSON.parse(Buffer.from(text, 'base64url').toString())
    const header = decode(jws.protected)
    if (this.badNonces > 0 && this.badNonces-- > 0) return 'badNonce'
    if (!this.#nonces.delete(header.nonce)) return 'badNonce'
    if (header.alg !== 'ES256' || header.url !== this.#base + path) return 'malformed'
    const key = header.jwk ?? this.#accounts[Number(String(header.kid).split('/').pop())]
    const data = Buffer.from(`${jws.protected}.${jws.payload}`)
    const good =
      key &&
      verify(
        'sha256',
        data,
        { key: createPublicKey({ key: { ...key }, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
        Buffer.from(jws.signature ?? '', 'base64url'),
      )
    if (!good) return 'unauthorized'
    return { ...header, key, payload: jws.payload === '' ? undefined : decode(jws.payload) }
  }

  async #run(path: string, signed: Signed): Promise<HttpAnswer> {
    const [, what = '', n = '', name = ''] = path.split('/')
    const order = this.#orders[Number(n)]
    if (what === 'account') return this.#register(signed)
    if (what === 'order' && n === '') return this.#order(signed)
    if (!order) return problem(404, 'malformed')
    if (what === 'order') return answer(200, this.#told(order))
    if (what === 'authz') return answer(200, this.#authz(order, name))
    if (what === 'finalize') return this.#finalize(order, signed)
    if (what === 'cert') return { status: 200, body: order.certificate }
    const type = path.split('/')[4] as ChallengeType
    const proved = !this.refused.has(name) && (await this.#proved(type, name, signed.key))
    order.proved.set(name, proved ? 'valid' : 'invalid')
    return answer(200, {})
  }

  #register({ payload, key }: Signed): HttpAnswer {
    if (payload?.termsOfServiceAgreed !== true) return problem(403, 'userActionRequired')
    const same = this.#accounts.findIndex((one) => one.x === key.x)
    const n = same >= 0 ? same : this.#accounts.push(key) - 1
    return { ...answer(201, {}), headers: { location: `${this.#base}/account/${n}` } }
  }

  #order({ payload }: Signed): HttpAnswer {
    if (this.problem !== '')
      return { ...problem(429, this.problem), headers: { 'retry-after': '7' } }
    const { identifiers = [] } = (payload ?? {}) as { identifiers?: { value: string }[] }
    const names = identifiers.map(({ value }) => value)
    const order: Order = { names, proved: new Map(), certificate: '' }
    const n = this.#orders.push(order) - 1
    return {
      ...answer(201, this.#told(order)),
      headers: { location: `${this.#base}/order/${n}` },
    }
  }

  #told(order: Order): object {
    const n = this.#orders.indexOf(order)
    const all = order.names.map((name) => order.proved.get(name) ?? 'pending')
    const ready = all.every((one) => one === 'valid')
    const status = order.certificate ? 'valid' : ready ? 'ready' : 'pending'
    return {
      status: all.includes('invalid') ? 'invalid' : status,
      authorizations: order.names.map((name) => `${this.#base}/authz/${n}/${name}`),
      finalize: `${this.#base}/finalize/${n}`,
      ...(order.certificate ? { certificate: `${this.#base}/cert/${n}` } : {}),
    }
  }

  #authz(order: Order, name: string): object {
    const n = this.#orders.indexOf(order)
    const status = order.proved.get(name) ?? 'pending'
    const error = { type: 'urn:ietf:params:acme:error:unauthorized', detail: `${name} not proved` }
    return {
      ...{ status, identifier: { type: 'dns', value: name } },
      challenges: this.#options.offers.map((type) => ({
        ...{ type, status, token: tokenOf(name), url: `${this.#base}/chall/${n}/${name}/${type}` },
        ...(status === 'invalid' ? { error } : {}),
      })),
    }
  }

  async #proved(type: ChallengeType, name: string, key: Jwk): Promise<boolean> {
    const { crv, kty, x, y } = key
    const print = createHash('sha256').update(JSON.stringify({ crv, kty, x, y }))
    const wanted = `${tokenOf(name)}.${print.digest('base64url')}`
    const { http, https } = this.#options.ports()
    if (type === 'http-01') return (await textAt(http, name)) === wanted
    const raw = await certificateAt(https, name)
    const hash = createHash('sha256').update(wanted).digest('hex')
    return (raw?.toString('hex') ?? '').includes(`0101ff04220420${hash}`)
  }

  #finalize(order: Order, { payload }: Signed): HttpAnswer {
    const csr = Buffer.from(String(payload?.csr), 'base64url')
    const { privateKey: key } = this.#key
    const publicKey = requestedKey(csr)
    if (!publicKey || !order.names.every((name) => csr.includes(name)))
      return problem(400, 'badCSR')
    const now = this.#options.now?.() ?? Date.now()
    const leaf = certificateOf({
      ...{ names: order.names, publicKey, now, lifeMs: this.lifeMs },
      issuer: { name: 'Test CA', key },
    })
    order.certificate = leaf + this.root
    this.issued.push([...order.names])
    return answer(200, this.#told(order))
  }
}

function answer(status: number, value: object): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}

function problem(status: number, type: string): HttpAnswer {
  return answer(status, { type: `urn:ietf:params:acme:error:${type}`, detail: `no: ${type}` })
}

function tokenOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url').slice(0, 24)
}

function textAt(port: number, name: string): Promise<string> {
  const path = `/.well-known/acme-challenge/${tokenOf(name)}`
  return new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port, path, headers: { host: name } }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
    asked.on('error', () => resolve(''))
  })
}

function certificateAt(port: number, servername: string): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const ALPNProtocols = ['acme-tls/1']
    const rest = { rejectUnauthorized: false, ALPNProtocols, servername }
    const socket = connect({ port, host: '127.0.0.1', ...rest }, () => {
      const agreed = socket.alpnProtocol === 'acme-tls/1'
      const raw = socket.getPeerX509Certificate()?.raw
      socket.destroy()
      resolve(agreed ? raw : undefined)
    })
    socket.on('error', () => resolve(undefined))
  })
}

/** The key in a PKCS #10 request whose signature it fits; undefined where that is not so. */
function requestedKey(csr: Buffer) {
  const [whole] = elements(csr)
  const [body, , signature] = elements(whole!.content)
  const [, , spki] = elements(body!.content)
  const key = createPublicKey({ key: spki!.all, format: 'der', type: 'spki' })
  return verify('sha256', body!.all, key, signature!.content.subarray(1)) ? key : undefined
}

function elements(der: Buffer) {
  const found: { all: Buffer; content: Buffer }[] = []
  for (let at = 0; at < der.length; ) {
    const first = der[at + 1]!
    const bytes = first < 128 ? 0 : first & 127
    const length = bytes === 0 ? first : der.readUIntBE(at + 2, bytes)
    const start = at + 2 + bytes
    found.push({
      all: der.subarray(at, start + length),
      content: der.subarray(start, start + length),
    })
    at = start + length
  }
  return found
}

/** Whether `chain` begins with a certificate for all of `names` that `root` signed. */
export function isIssuedBy(chain: string, root: string, names: readonly string[]): boolean {
  const leaf = new X509Certificate(chain)
  return (
    leaf.verify(new X509Certificate(root).publicKey) &&
    names.every((name) => leaf.checkHost(name) !== undefined)
  )
}
