// Posts reports over HTTPS (RFC 8460 §5.4): to the address that our own resolver gives, with a
// valid certificate, no redirect followed.
import { request } from 'node:https'
import { type FetchPorts, openLookup } from './policy-fetch.ts'

const timeoutMs = 60_000

/** @throws Error when it was not taken */
export function reportWeb(ports: FetchPorts) {
  const { port, ca } = ports
  const lookup = openLookup(ports)
  return (url: string, type: string, bytes: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      const asked = request(url, {
        ...{ lookup, agent: false, method: 'POST', signal: AbortSignal.timeout(timeoutMs) },
        ...(port === undefined ? {} : { port }),
        ...(ca ? { ca } : {}),
        headers: { 'content-type': type, 'content-length': bytes.length },
      })
      asked.on('error', reject)
      asked.on('response', ({ statusCode = 0 }) => {
        asked.destroy()
        if (statusCode >= 200 && statusCode < 300) resolve()
        else reject(new Error(`HTTP ${statusCode}`))
      })
      asked.end(bytes)
    })
}
