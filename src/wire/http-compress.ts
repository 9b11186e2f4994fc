// Answers made smaller on their way out, where a route lets them be. It may where no page of
// another origin can have them made: lengths of compressed answers tell who can choose a part of
// them what the rest is (BREACH). Streams are left alone.
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { accepts } from './http-coding.ts'
import type { HttpAnswer, HttpRequest } from './http-types.ts'

const packed = promisify(gzip)
/** Smaller ones fit into one packet as they are. */
const leastBytes = 1_200
/** Larger ones would take a thread for long. */
const mostBytes = 8 * 1024 * 1024
/** Half the time of the usual level, for a few in a hundred more. */
const level = 4

export async function compressed(answer: HttpAnswer, request: HttpRequest): Promise<HttpAnswer> {
  const { body, headers = {} } = answer
  const whole = typeof body === 'string' || body instanceof Uint8Array
  if (!answer.compressible || !whole || headers['content-encoding'] !== undefined) return answer
  const said = { ...headers, vary: 'accept-encoding' }
  const size = Buffer.byteLength(body)
  const fits = size >= leastBytes && size <= mostBytes
  if (!fits || !accepts(request.headers, 'gzip')) return { ...answer, headers: said }
  const bytes = await packed(body, { level, strategy: constants.Z_DEFAULT_STRATEGY })
  return { ...answer, headers: { ...said, 'content-encoding': 'gzip' }, body: bytes }
}
