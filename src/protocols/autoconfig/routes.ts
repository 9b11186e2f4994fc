// What mail programs and other servers ask the web server about our domains: settings, and the
// MTA-STS policy. Tells nobody which addresses there are: any address of a domain has an answer.
import { errorAnswer } from '../../wire/http-answer.ts'
import type { HttpAnswer, HttpRequest, Route } from '../../wire/http-types.ts'
import { apple, outlook, stsPolicy, thunderbird, type Ways } from './texts.ts'

export interface AutoconfigPorts {
  readonly isOurs: (domain: string) => Promise<boolean>
  readonly ways: () => Ways
}

const requestMaxBytes = 16_384
const outlookPaths = [
  ...['/autodiscover/autodiscover.xml', '/Autodiscover/Autodiscover.xml'],
  '/AutoDiscover/AutoDiscover.xml',
]
const thunderbirdPaths = ['/mail/config-v1.1.xml', '/.well-known/autoconfig/mail/config-v1.1.xml']

export function autoconfigRoutes({ isOurs, ways }: AutoconfigPorts): readonly Route[] {
  const get = (path: string, run: Route['run']): Route => ({ method: 'GET', path, run })
  const ofThunderbird = async (request: HttpRequest) => {
    const domain = domainOf(request.query.get('emailaddress')) ?? behind(request, 'autoconfig.')
    if (domain === undefined || !(await isOurs(domain))) return errorAnswer(404, 'not-found')
    return xml(thunderbird(domain, ways()))
  }
  const ofOutlook = async (request: HttpRequest) => {
    const text = (await request.body(requestMaxBytes)).toString()
    const address = /<EMailAddress>\s*([^<\s]{1,320})\s*<\/EMailAddress>/i.exec(text)?.[1]
    const domain = domainOf(address)
    if (!domain || !(await isOurs(domain))) return errorAnswer(404, 'not-found')
    return xml(outlook(address ?? '', ways()))
  }
  return [
    ...thunderbirdPaths.map((path) => get(path, ofThunderbird)),
    ...outlookPaths.map((path): Route => ({ method: 'POST', path, run: ofOutlook })),
    get('/apple.mobileconfig', async ({ query }) => {
      const address = query.get('email') ?? ''
      const domain = domainOf(address)
      if (!domain || !(await isOurs(domain))) return errorAnswer(404, 'not-found')
      return text('application/x-apple-aspen-config', apple(address, ways()))
    }),
    get('/.well-known/mta-sts.txt', async (request) => {
      const domain = behind(request, 'mta-sts.')
      if (domain === undefined || !(await isOurs(domain))) return errorAnswer(404, 'not-found')
      return text('text/plain; charset=utf-8', stsPolicy(ways().server))
    }),
  ]
}

/** The domain in a host name that begins so: "mta-sts.example.com". */
function behind({ headers }: HttpRequest, start: string): string | undefined {
  const host = (headers.host ?? '').toLowerCase().replace(/:\d+$/, '')
  return host.startsWith(start) ? host.slice(start.length) : undefined
}

/** The domain of what looks like an address; whether it is one nobody needs to know here. */
function domainOf(address: string | null | undefined): string | undefined {
  return /^[^\s@<>"&]{1,64}@([a-z0-9.-]{1,253})$/i.exec(address ?? '')?.[1]?.toLowerCase()
}

function xml(body: string): HttpAnswer {
  return text('application/xml; charset=utf-8', body)
}

function text(type: string, body: string): HttpAnswer {
  return { status: 200, headers: { 'content-type': type }, body }
}
