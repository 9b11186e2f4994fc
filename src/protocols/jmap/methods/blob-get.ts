// Blob/get, RFC 9404 §4.2: bytes, or a range of them, and their digests inside a response. What is
// large is downloaded instead.
import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { Json } from '../args.ts'
import { type FoundBlob, findBlob } from '../blobs.ts'
import type { Method } from '../call.ts'
import { blob } from '../capabilities.ts'
import { MethodError } from '../errors.ts'
import { blobLimits } from '../limits.ts'
import { getArgs } from '../objects.ts'

const texts = ['data', 'data:asText', 'data:asBase64']
const digests: ReadonlyMap<string, string> = new Map(
  blobLimits.supportedDigestAlgorithms.map((name) => [
    `digest:${name}`,
    name === 'sha' ? 'sha1' : name.replace('-', ''),
  ]),
)

/** So many bytes are read for one call. */
const readMax = blobLimits.maxSizeBlobSet

interface Range {
  readonly offset: number
  /** undefined is to the end. */
  readonly length: number | undefined
}

export const blobGet: Method = {
  name: 'Blob/get',
  capability: blob,
  async run(args, call) {
    const access = await call.access(args)
    const { account: accountId } = access
    const known = (name: string) =>
      name === 'id' || name === 'size' || texts.includes(name) || digests.has(name)
    const { ids, properties = ['id', 'data', 'size'] } = getArgs(args, call, known)
    // No account is told all of its blobs.
    if (!ids) throw new MethodError('invalidArguments', '', { arguments: ['ids'] })
    const range = { offset: args.uint('offset') ?? 0, length: args.uint('length') }
    const list: Json[] = []
    const notFound: string[] = []
    let read = 0
    for (const id of ids) {
      const found = await findBlob(call.rooms, access, id)
      if (!found) {
        notFound.push(id)
        continue
      }
      const whole = await bytesFor(found, properties)
      read += whole?.length ?? 0
      if (read > readMax) throw new MethodError('requestTooLarge')
      const size = whole?.length ?? found.size
      list.push({
        id,
        ...(whole ? told(whole, properties, range) : {}),
        ...sized(properties, size),
      })
    }
    return { accountId, list, notFound }
  },
}

/** undefined where nobody asks for what only the bytes tell. */
async function bytesFor(found: FoundBlob, properties: readonly string[]) {
  const needed = properties.some((name) => texts.includes(name) || digests.has(name))
  const unknown = properties.includes('size') && found.size === undefined
  return needed || unknown ? await found.whole() : undefined
}

function sized(properties: readonly string[], size: number | undefined): Json {
  return properties.includes('size') ? { size } : {}
}

/** What is asked of a range of the bytes; "size" is of the whole. */
function told(whole: Buffer, properties: readonly string[], { offset, length }: Range): Json {
  const end = length === undefined ? whole.length : offset + length
  const bytes = whole.subarray(Math.min(offset, whole.length), Math.min(end, whole.length))
  const object: Record<string, unknown> = {}
  const isText = isUtf8(bytes)
  for (const name of properties) {
    const algorithm = digests.get(name)
    if (algorithm) object[name] = createHash(algorithm).update(bytes).digest('base64')
    else if (name === 'data:asBase64') object[name] = bytes.toString('base64')
    else if (name === 'data:asText') object[name] = isText ? bytes.toString() : null
    else if (name === 'data' && isText) object['data:asText'] = bytes.toString()
    else if (name === 'data') object['data:asBase64'] = bytes.toString('base64')
  }
  const wanted = properties.some((name) => name === 'data' || name === 'data:asText')
  if (wanted && !isText) object.isEncodingProblem = true
  if (Math.max(offset, end) > whole.length) object.isTruncated = true
  return object
}
