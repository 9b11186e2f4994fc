// Takes push messages of JMAP to the services that devices name (RFC 8030): to the outside over
// TLS, at the address our own resolver gives, and inside only where the settings let it.
import { request as requestInClear } from 'node:http'
import { request } from 'node:https'
import { isIP } from 'node:net'
import { Networks } from '../base/networks.ts'
import type { PushPost } from '../protocols/jmap/ports.ts'
import { inside } from '../queue/mx-courier.ts'
import type { Dns } from '../trust/dns/dns.ts'
import { openLookup } from './policy-fetch.ts'

const timeoutMs = 15_000
const retryMaxMs = 3_600_000

export function pushPost(dns: Dns, allowed: () => Networks): PushPost {
  const shut = new Networks(inside)
  const lookup = openLookup({ dns, allowed })
  const may = (said: string) => {
    if (!URL.canParse(said)) return false
    const url = new URL(said)
    const host = addressIn(url)
    if (url.username !== '' || url.password !== '') return false
    if (url.protocol === 'http:') return isIP(host) !== 0 && allowed().has(host)
    return url.protocol === 'https:' && (isIP(host) === 0 || !shut.has(host) || allowed().has(host))
  }
  const send: PushPost['send'] = ({ url: said, headers, body }) =>
    new Promise((resolve, reject) => {
      if (!may(said)) return reject(new Error('no push may go there'))
      const url = new URL(said)
      const signal = AbortSignal.timeout(timeoutMs)
      const fixed = isIP(addressIn(url)) !== 0
      const asked = (url.protocol === 'http:' ? requestInClear : request)({
        ...{ method: 'POST', host: fixed ? addressIn(url) : url.hostname },
        ...{ port: url.port, path: `${url.pathname}${url.search}`, signal, agent: false },
        headers: { ...headers, host: url.host, 'content-length': body.length },
        ...(fixed ? {} : { lookup }),
      })
      asked.on('error', reject)
      asked.on('response', ({ statusCode = 0, headers: told }) => {
        const seconds = Number(told['retry-after'] ?? 0)
        const retryAfterMs = Number.isFinite(seconds) ? Math.min(seconds * 1000, retryMaxMs) : 0
        // What it says besides is of no interest, however much it is.
        asked.destroy()
        resolve({ status: statusCode, retryAfterMs })
      })
      asked.end(body)
    })
  return { may, send }
}

/** An IP address without brackets; "localhost" is this machine, whatever the DNS says. */
function addressIn({ hostname }: URL): string {
  return hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[(.*)\]$/, '$1')
}
