// One request to an authority over HTTPS; HTTP only where the caller allows the address. Bounded in
// time and size; follows no redirect.
import { request as clear } from 'node:http'
import { request as secured } from 'node:https'

export interface WebAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface WebRequest {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly body?: string
}

export type Web = (url: string, asked: WebRequest) => Promise<WebAnswer>

const timeoutMs = 30_000
const bodyMaxBytes = 256 * 1024

/** `ca`: authorities to believe in place of the system's, in PEM, or "". */
export function webOf(ca: string): Web {
  return (url, { method, body }) =>
    new Promise((resolve, reject) => {
      const send = url.startsWith('https:') ? secured : clear
      const headers = {
        'user-agent': 'Amplop',
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/jose+json', 'content-length': Buffer.byteLength(body) }),
      }
      const signal = AbortSignal.timeout(timeoutMs)
      const options = { method, headers, signal, agent: false, ...(ca === '' ? {} : { ca }) }
      const asked = send(url, options, (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > bodyMaxBytes) asked.destroy(new Error('an answer that is too large'))
          else chunks.push(chunk)
        })
        response.on('error', reject)
        response.on('end', () => {
          const named = Object.entries(response.headers)
          const given = named.map(([name, value]) => [name, String(value)])
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(given),
            body: Buffer.concat(chunks).toString(),
          })
        })
      })
      asked.on('error', reject)
      asked.end(body)
    })
}
