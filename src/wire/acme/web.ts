// One request to an authority over HTTPS; HTTP only where the caller allows the address. Bounded in
// time and size; follows no redirect.
import { request as clear } from 'node:http'
import { request as secured } from 'node:https'
import { wholeAnswer } from '../whole-answer.ts'

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
        const limit = { bytesMax: bodyMaxBytes, tooLarge: 'an answer that is too large' }
        wholeAnswer(asked, response, limit).then((bytes) => {
          const named = Object.entries(response.headers)
          const given = named.map(([name, value]) => [name, String(value)])
          const { statusCode: status = 0 } = response
          resolve({ status, headers: Object.fromEntries(given), body: bytes.toString() })
        }, reject)
      })
      asked.on('error', reject)
      asked.end(body)
    })
}
