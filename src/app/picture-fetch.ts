// Asks servers in the world for a person at the page: for pictures that a mail names, and to be
// left out of a list. Of addresses that our own resolver gives, never within the house, wherever
// a name or a redirect leads. The other side learns that somebody asked, and nothing of who.
import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { Networks } from '../base/networks.ts'
import type { Outside } from '../protocols/webmail/ports.ts'
import { inside } from '../queue/mx-courier.ts'
import type { Dns } from '../trust/dns/dns.ts'
import { wholeAnswer } from '../wire/whole-answer.ts'

export interface PicturePorts {
  readonly dns: Dns
  /** For tests: ports besides 80 and 443, and networks that count as outside. */
  readonly ports?: readonly number[]
  readonly allowed?: Networks
}

const bytesMax = 10 * 1024 * 1024
const timeMaxMs = 20_000
const redirectsMax = 3

/** Ways to write IPv4 in IPv6, and networks that lead to it: what they mean is not guessed. */
const transition: readonly string[] = [
  ...['::/96', '64:ff9b::/96', '100::/64', '2001::/32', '2001:db8::/32', '2002::/16', 'fec0::/10'],
]

export function outsideOf({ dns, ports = [80, 443], allowed }: PicturePorts): Outside {
  const shut = new Networks([...inside, ...transition, '192.88.99.0/24'])
  const may = (address: string) =>
    (!/^::ffff:/i.test(address) && !shut.has(address)) || allowed?.has(address) === true
  return {
    picture: async (url, signal) => {
      const ends = AbortSignal.any([signal, AbortSignal.timeout(timeMaxMs)])
      let next = url
      for (let hops = 0; hops <= redirectsMax; hops++) {
        const target = targetOf(next, ports)
        const address = await addressOf(dns, target, may)
        const found = await ask(target, address, ends)
        if (Buffer.isBuffer(found)) return found
        next = URL.parse(found.location, target)?.href ?? ''
      }
      throw new Error('too many redirects')
    },
    post: async (url, form, signal) => {
      const target = targetOf(url, ports)
      const found = await ask(target, await addressOf(dns, target, may), signal, form)
      if (!Buffer.isBuffer(found)) throw new Error('a redirect')
    },
  }
}

/** @throws Error */
function targetOf(text: string, ports: readonly number[]): URL {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error('no web address')
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  if (!ports.includes(port)) throw new Error('another port than 80 and 443')
  return url
}

/** One that may be asked: of a name every address is looked at. @throws Error */
async function addressOf(dns: Dns, url: URL, may: (one: string) => boolean): Promise<string> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  if (isIP(host) !== 0) {
    if (!may(host)) throw new Error('a private address')
    return host
  }
  if (!host.includes('.')) throw new Error('a name of no domain')
  for (const type of ['A', 'AAAA'] as const) {
    const answer = await dns.query(host, type)
    if (answer.is === 'failed') throw new Error('the name is not found just now')
    if (answer.is !== 'found') continue
    // A name that leads into the house, too, is meant to.
    if (!answer.records.every(may)) throw new Error('a private address')
    if (answer.records[0] !== undefined) return answer.records[0]
  }
  throw new Error('no such name')
}

/** The bytes, or where else to look. Nothing is sent that tells of a person; `form` is posted. */
function ask(url: URL, address: string, signal: AbortSignal, form?: string) {
  const lookup: LookupFunction = (_host, _options, callback) =>
    callback(null, [{ address, family: address.includes(':') ? 6 : 4 }])
  const headers = {
    ...{ accept: form === undefined ? 'image/*' : '*/*', 'accept-encoding': 'identity' },
    'user-agent': 'Mozilla/5.0',
    ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
  }
  const method = form === undefined ? 'GET' : 'POST'
  const request = url.protocol === 'https:' ? secureRequest : plainRequest
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  return new Promise<Buffer | { readonly location: string }>((resolve, reject) => {
    const asked = request(bare, { lookup, headers, signal, agent: false, method })
    asked.on('error', reject)
    asked.on('response', (response) => {
      const { statusCode = 0, headers: told } = response
      if ([301, 302, 303, 307, 308].includes(statusCode) && told.location !== undefined) {
        asked.destroy()
        return resolve({ location: told.location })
      }
      const taken = statusCode === 200 || (form !== undefined && statusCode < 300)
      if (!taken || Number(told['content-length'] ?? 0) > bytesMax) {
        asked.destroy()
        return reject(new Error(taken ? 'too large' : `HTTP ${statusCode}`))
      }
      wholeAnswer(asked, response, { bytesMax, tooLarge: 'too large' }).then(resolve, reject)
    })
    asked.end(form)
  })
}
