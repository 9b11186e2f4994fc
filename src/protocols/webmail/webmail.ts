// The webmail's page and its files, and the texts and pictures of messages that it shows in frames.
// It speaks JMAP with the server for everything else. Knows the policy under which browsers run it.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { errorAnswer } from '../../wire/http-answer.ts'
import { loadAssets } from '../../wire/http-assets.ts'
import type { HttpAnswer, HttpRequest, Route } from '../../wire/http-types.ts'
import { Bodies, bodyPolicy } from './body.ts'
import { Cleaner } from './cleaner.ts'
import { signatureOf } from './cleaning.ts'
import { letterOf } from './letter.ts'
import { PictureProxy, pictureAnswer } from './pictures.ts'
import type { WebmailPorts } from './ports.ts'
import { leaveList } from './unsubscribe.ts'

const assetsPath = '/mail/assets/'

/**
 * Only files of ours run, nothing from elsewhere is loaded. Styles may stand inside, for what is
 * quoted in a letter that is being written keeps its look.
 */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; " +
  "img-src 'self' data: blob:; frame-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'; worker-src 'self'; manifest-src 'self'; " +
  "require-trusted-types-for 'script'; trusted-types mail-body mail-worker default"

export interface Webmail {
  readonly routes: readonly Route[]
  close(): Promise<void>
}

/** @throws Error when the page's files cannot be read. */
export function openWebmail(ports: WebmailPorts): Webmail {
  const cleaner = new Cleaner()
  const letters = new Letters(ports, cleaner)
  const routes = [...pageRoutes(ports), ...letters.routes()]
  return { routes, close: () => cleaner.close() }
}

function pageRoutes({ folders, libraries }: WebmailPorts): readonly Route[] {
  const assets = loadAssets(folders, assetsPath, libraries)
  const secured = { 'content-security-policy': contentSecurityPolicy }
  const page = (request: HttpRequest): HttpAnswer => assets.answer(request, 'index.html', secured)
  return [
    { method: 'GET', path: '/mail', run: page },
    { method: 'GET', path: '/mail/*', run: page },
    { method: 'GET', path: '/login', run: page },
    // Beside the page, not among its files: a worker rules over what lies below its own address.
    {
      method: 'GET',
      path: '/mail/worker.js',
      run: (request) => assets.answer(request, 'worker.js', secured),
    },
    {
      method: 'GET',
      path: `${assetsPath}*`,
      run: (request) => assets.answer(request, request.path.slice(assetsPath.length), secured),
    },
  ]
}

class Letters {
  readonly #ports: WebmailPorts
  readonly #bodies: Bodies
  readonly #proxy: PictureProxy
  /** Of this process: a page that is older asks for its texts anew. */
  readonly #secret = randomBytes(32)

  constructor(ports: WebmailPorts, cleaner: Cleaner) {
    this.#ports = ports
    this.#bodies = new Bodies(ports, cleaner)
    this.#proxy = new PictureProxy(ports.outside.picture)
  }

  routes(): readonly Route[] {
    const own =
      (run: (request: HttpRequest, account: string) => Promise<HttpAnswer>) =>
      async (request: HttpRequest): Promise<HttpAnswer> => {
        const account = await this.#ports.accountOf(request)
        const answer =
          account === undefined ? errorAnswer(401, 'needs-login') : await run(request, account)
        return answer.status === 200 ? answer : framed(answer)
      }
    return [
      { method: 'GET', path: '/mail/body/*', run: own((...each) => this.#body(...each)) },
      { method: 'GET', path: '/mail/part/*', run: own((...each) => this.#part(...each)) },
      { method: 'GET', path: '/mail/picture', run: own((...each) => this.#picture(...each)) },
      { method: 'POST', path: '/mail/unsubscribe/*', run: own((...each) => this.#leave(...each)) },
    ]
  }

  /** "/mail/body/ACCOUNT/EMAIL", with "?pictures=1" those from elsewhere, too. */
  async #body(request: HttpRequest, account: string): Promise<HttpAnswer> {
    const [whose, email = ''] = request.path.slice('/mail/body/'.length).split('/')
    if (whose !== account) return missing
    const as = request.query.get('as') === 'quote' ? 'quote' : 'page'
    const key = request.query.get('pictures') === '1' ? this.#key(account) : ''
    return (await this.#bodies.answer({ account, email, as, key })) ?? missing
  }

  /** "/mail/part/ACCOUNT/EMAIL/NUMBER" */
  async #part(request: HttpRequest, account: string): Promise<HttpAnswer> {
    const [whose, email = '', number = ''] = request.path.slice('/mail/part/'.length).split('/')
    if (whose !== account || !/^\d{1,4}$/.test(number)) return missing
    const bytes = (await letterOf(this.#ports, account, email))?.part(Number(number))
    return bytes ? pictureAnswer(bytes) : missing
  }

  /** "/mail/unsubscribe/ACCOUNT/EMAIL" */
  async #leave(request: HttpRequest, account: string): Promise<HttpAnswer> {
    const [whose, email = ''] = request.path.slice('/mail/unsubscribe/'.length).split('/')
    if (whose !== account) return missing
    return leaveList(this.#ports, this.#ports.outside.post, { account, email })
  }

  /** What is not signed was not asked for by a person: a way to anywhere for nobody. */
  async #picture(request: HttpRequest, account: string): Promise<HttpAnswer> {
    const url = request.query.get('u') ?? ''
    const said = Buffer.from(request.query.get('s') ?? '')
    const wanted = Buffer.from(signatureOf(url, this.#key(account)))
    if (said.length !== wanted.length || !timingSafeEqual(said, wanted)) return missing
    return this.#proxy.answer(request, url)
  }

  /** Signatures of one account are none of another's. */
  #key(account: string): string {
    return createHmac('sha256', this.#secret).update(account).digest('base64url')
  }
}

const missing = errorAnswer(404, 'not-found')

function framed(answer: HttpAnswer): HttpAnswer {
  return { ...answer, headers: { ...answer.headers, 'content-security-policy': bodyPolicy } }
}
