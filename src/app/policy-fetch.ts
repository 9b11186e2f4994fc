// Fetches MTA-STS policies (RFC 8461 §3.3): over HTTPS, from the address that our own resolver
// gives, no further than one small text.
import { request } from 'node:https'
import type { LookupFunction } from 'node:net'
import { Networks } from '../base/networks.ts'
import { inside } from '../queue/mx-courier.ts'
import type { Dns } from '../trust/dns/dns.ts'
import type { StsFetch } from '../trust/mta-sts.ts'
import { wholeAnswer } from '../wire/whole-answer.ts'

export interface FetchPorts {
  readonly dns: Dns
  /** Private networks where a policy may be fetched all the same. */
  readonly allowed: () => Networks
  /** 443; another one, and an authority of one's own, for tests. */
  readonly port?: number
  readonly ca?: string
}

/** RFC 8461 §3.3 suggests 64 KiB and a minute; mail waits meanwhile. */
const bytesMax = 65_536
const timeoutMs = 15_000

/** Looks names up in our own DNS, and finds nobody inside who is not allowed. */
export function openLookup({ dns, allowed }: FetchPorts): LookupFunction {
  const shut = new Networks(inside)
  return (host, _options, callback) => {
    addressOf(dns, host, (address) => !shut.has(address) || allowed().has(address)).then(
      (address) => callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]),
      (error: Error) => callback(error, []),
    )
  }
}

export function policyFetch(ports: FetchPorts): StsFetch {
  const { port = 443, ca } = ports
  const lookup = openLookup(ports)
  return (url) =>
    new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(timeoutMs)
      const asked = request(url, { lookup, port, signal, agent: false, ...(ca ? { ca } : {}) })
      asked.on('error', reject)
      asked.on('response', (response) => {
        const { statusCode, headers } = response
        const plain = /^text\/plain\s*(;|$)/i.test(headers['content-type'] ?? '')
        // RFC 8461 §3.3: a redirect is not followed, and nothing else is a policy.
        if (statusCode !== 200 || !plain) {
          asked.destroy()
          return reject(new Error(statusCode === 200 ? 'no text/plain' : `HTTP ${statusCode}`))
        }
        const limit = { bytesMax, tooLarge: 'a policy of more than 64 KiB' }
        wholeAnswer(asked, response, limit).then((bytes) => resolve(bytes.toString()), reject)
      })
      asked.end()
    })
}

async function addressOf(dns: Dns, host: string, may: (one: string) => boolean): Promise<string> {
  for (const type of ['A', 'AAAA'] as const) {
    const answer = await dns.query(host, type)
    const address = answer.is === 'found' ? answer.records.find(may) : undefined
    if (address !== undefined) return address
    if (answer.is === 'failed') throw new Error(`${host}: ${answer.why}`)
  }
  throw new Error(`${host} has no address`)
}
