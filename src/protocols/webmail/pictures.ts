// Pictures: those that came with a message, and those elsewhere in the world that a person asked
// to see. Whatever a sender calls them, only bytes that begin as a picture does leave here as one.
import { Refused } from '../../base/refused.ts'
import { SizedCache } from '../../base/sized-cache.ts'
import { errorAnswer } from '../../wire/http-answer.ts'
import type { HttpAnswer, HttpRequest } from '../../wire/http-types.ts'
import type { FetchPicture } from './ports.ts'

interface Picture {
  readonly type: string
  readonly bytes: Buffer
}

const cacheMaxBytes = 32 * 1024 * 1024
/** Fetched at the same time, and waiting; a newsletter has some fifty. */
const fetchedMax = 24
const waitingMax = 500

/** What bytes are, by how they begin; undefined for everything a browser might do more with. */
export function pictureType(bytes: Buffer): string | undefined {
  const head = bytes.toString('latin1', 0, 16)
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (/^GIF8[79]a/.test(head)) return 'image/gif'
  if (/^RIFF....WEBP/s.test(head)) return 'image/webp'
  return /^....ftypavi[fs]/s.test(head) ? 'image/avif' : undefined
}

export function pictureAnswer(bytes: Buffer): HttpAnswer {
  const type = pictureType(bytes)
  if (type === undefined) return errorAnswer(415, 'no-picture')
  return {
    status: 200,
    headers: {
      'content-type': type,
      'content-security-policy': "sandbox; default-src 'none'",
      'cache-control': 'private, max-age=86400',
    },
    body: bytes,
  }
}

export class PictureProxy {
  readonly #fetch: FetchPicture
  readonly #known = new SizedCache<Picture>(cacheMaxBytes, ({ bytes }) => bytes.length)
  readonly #waiting: (() => void)[] = []
  #fetching = 0

  constructor(fetch: FetchPicture) {
    this.#fetch = fetch
  }

  async answer(request: HttpRequest, url: string): Promise<HttpAnswer> {
    const known = this.#known.get(url)
    if (known) return pictureAnswer(known.bytes)
    const found = await this.#get(url, request.signal)
    if ('why' in found) return errorAnswer(502, found.why)
    const type = pictureType(found.bytes)
    if (type !== undefined) this.#known.set(url, { type, bytes: found.bytes })
    return pictureAnswer(found.bytes)
  }

  async #get(url: string, signal: AbortSignal) {
    await this.#turn()
    try {
      return { bytes: await this.#fetch(url, signal) }
    } catch (error) {
      return { why: error instanceof Error ? error.message : 'failed' }
    } finally {
      this.#fetching--
      this.#waiting.shift()?.()
    }
  }

  async #turn(): Promise<void> {
    if (this.#waiting.length >= waitingMax) throw new Refused('busy', 'too many pictures')
    if (this.#fetching >= fetchedMax)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#fetching++
  }
}
