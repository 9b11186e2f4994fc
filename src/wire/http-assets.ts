// Static files, read once at start and kept in memory: no path from a request touches the disk.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { errorAnswer } from './http-answer.ts'
import { accepts } from './http-coding.ts'
import type { HttpAnswer, HttpRequest } from './http-types.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

type Coding = 'br' | 'gzip' | 'identity'

interface Asset {
  readonly type: string
  readonly tag: string
  readonly bytes: Readonly<Record<Coding, Buffer>>
}

export interface Assets {
  /**
   * The file `name` ("app.js", or "VERSION/app.js", which browsers may keep for ever), or 404.
   * `headers` are added to it.
   */
  answer(request: HttpRequest, name: string, headers?: Readonly<Record<string, string>>): HttpAnswer
}

/**
 * Loads the files of some folders that are for browsers; others, and folders in them, are left out.
 * All are served as of one folder; of two with one name the later folder's counts.
 * In its pages, every `"` + `prefix` is followed by the version of the whole, so that what
 * they name, and what that imports beside itself, changes its address when anything changes.
 * Files of libraries, by name, are served as they are.
 * @throws Error when a folder cannot be read.
 */
export function loadAssets(
  folders: readonly string[],
  prefix: string,
  libraries: Readonly<Record<string, string>> = {},
): Assets {
  const found = folders.flatMap((folder) =>
    readdirSync(folder).map((name) => [name, join(folder, name)] as const),
  )
  const paths = new Map(found.filter(([name]) => extname(name) in types).sort())
  const contents = new Map([...paths].map(([name, path]) => [name, readFileSync(path)]))
  for (const [name, path] of Object.entries(libraries)) contents.set(name, readFileSync(path))
  const version = digest([...contents.values()])
  const assets = new Map<string, Asset>()
  const versioned = `"${prefix}${version}/`
  const served = (extension: string, content: Buffer): Buffer => {
    const text = content.toString()
    if (extension === '.html') return Buffer.from(bare(text).replaceAll(`"${prefix}`, versioned))
    if (extension === '.css') return Buffer.from(tight(bare(text)))
    return extension === '.js' ? Buffer.from(bare(text)) : content
  }
  for (const [name, content] of contents) {
    const bytes = name in libraries ? content : served(extname(name), content)
    assets.set(name, asset(types[extname(name)] ?? '', bytes))
  }
  return {
    answer(request, name, headers = {}) {
      const slash = name.indexOf('/')
      const found = assets.get(name.slice(slash + 1))
      if (found === undefined) return errorAnswer(404, 'not-found')
      const lasting = slash >= 0 && name.slice(0, slash) === version
      return fileAnswer(request, found, { ...caching(lasting), ...headers })
    },
  }
}

/**
 * A page's text without indentation, comment lines and types in comments: a quarter of its bytes.
 * Lines stay as they are otherwise, so no string or template may be of several lines.
 */
export function bare(text: string): string {
  return text
    .replace(/^ *\/\*[\s\S]*?\*\/ *\n/gm, '')
    .replace(/\/\*\* @type \{[^*\n]*\} \*\/ /g, '')
    .replace(/^ *\/\/.*\n/gm, '')
    .replace(/^ +/gm, '')
    .replace(/\n{2,}/g, '\n')
}

/** A style sheet without the space around its signs; none of its strings may have such signs. */
export function tight(text: string): string {
  return text
    .replace(/\s*([{};,])\s*/g, '$1')
    .replace(/: +/g, ':')
    .replaceAll(';}', '}')
}

function asset(type: string, identity: Buffer): Asset {
  // The last two steps of quality cost seven times the time, and the start waits for all of them.
  const params = {
    [constants.BROTLI_PARAM_SIZE_HINT]: identity.length,
    [constants.BROTLI_PARAM_QUALITY]: 9,
  }
  const br = brotliCompressSync(identity, { params })
  return {
    type,
    tag: digest([identity]),
    bytes: { br, gzip: gzipSync(identity, { level: 9 }), identity },
  }
}

function caching(lasting: boolean): Readonly<Record<string, string>> {
  return { 'cache-control': lasting ? 'public, max-age=31536000, immutable' : 'no-cache' }
}

function fileAnswer(
  request: HttpRequest,
  found: Asset,
  given: Readonly<Record<string, string>>,
): HttpAnswer {
  const coding = bestCoding(request.headers)
  const etag = `"${found.tag}-${coding}"`
  const headers: Record<string, string> = { ...given, etag, vary: 'accept-encoding' }
  const known = request.headers['if-none-match']?.split(',').some((tag) => tag.trim() === etag)
  if (known) return { status: 304, headers }
  headers['content-type'] = found.type
  if (coding !== 'identity') headers['content-encoding'] = coding
  return { status: 200, headers, body: found.bytes[coding] }
}

function bestCoding(headers: HttpRequest['headers']): Coding {
  if (accepts(headers, 'br')) return 'br'
  return accepts(headers, 'gzip') ? 'gzip' : 'identity'
}

function digest(parts: readonly Buffer[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex').slice(0, 12)
}
