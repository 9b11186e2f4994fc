// Blob/upload, RFC 9404 §4.1: bytes made inside a request, of what is said there and of ranges of
// other blobs.
import type { Json } from '../args.ts'
import { isObject } from '../args.ts'
import { blobIdOfUpload } from '../blob-ids.ts'
import { findBlob } from '../blobs.ts'
import type { Call, Method } from '../call.ts'
import { blob } from '../capabilities.ts'
import { invalidProperties, MethodError, SetFailure, setErrorOf } from '../errors.ts'
import { blobLimits, limits } from '../limits.ts'
import { Access } from '../sharing/access.ts'

export const blobUpload: Method = {
  name: 'Blob/upload',
  capability: blob,
  async run(args, call) {
    const accountId = call.account(args)
    const wanted = args.map('create')
    if (wanted.size > limits.maxObjectsInSet) throw new MethodError('requestTooLarge')
    const created: Record<string, Json> = {}
    const notCreated: Record<string, object> = {}
    for (const [key, said] of wanted) {
      try {
        const made = await make(said, call)
        call.created.set(key, made.id)
        created[key] = made
      } catch (error) {
        const known = setErrorOf(error)
        if (!known) throw error
        notCreated[key] = known
      }
    }
    const orNull = (map: object) => (Object.keys(map).length > 0 ? map : null)
    return { accountId, created: orNull(created), notCreated: orNull(notCreated) }
  },
}

async function make({ data, type = null, ...rest }: Json, call: Call) {
  const strange = Object.keys(rest)
  if (strange.length > 0) throw invalidProperties(strange)
  if (type !== null && (typeof type !== 'string' || !/^[!-~ ]{1,200}$/.test(type)))
    throw invalidProperties(['type'])
  if (!Array.isArray(data) || data.length > blobLimits.maxDataSources)
    throw invalidProperties(['data'], `a list of ${blobLimits.maxDataSources} sources at most`)
  const pieces: Buffer[] = []
  let size = 0
  for (const source of data as unknown[]) {
    const piece = await bytesOfSource(source, call)
    size += piece.length
    if (size > blobLimits.maxSizeBlobSet)
      throw new SetFailure('tooLarge', '', { maxSize: blobLimits.maxSizeBlobSet })
    pieces.push(piece)
  }
  const kept = type ?? 'application/octet-stream'
  const { account } = call.asker.login
  const { id } = await call.rooms.emails.upload(account, kept, pieces)
  return { id: blobIdOfUpload(id), type: kept, size }
}

const sources = ['data:asText', 'data:asBase64', 'blobId']

/** @throws SetFailure for what cannot be had exactly as it is said */
async function bytesOfSource(source: unknown, call: Call): Promise<Buffer> {
  const bad = (why: string) => invalidProperties(['data'], why)
  const given = isObject(source) ? sources.filter((name) => (source[name] ?? null) !== null) : []
  const [name = ''] = given
  const value = isObject(source) ? source[name] : undefined
  if (!isObject(source) || given.length !== 1 || typeof value !== 'string')
    throw bad('a source has one of data:asText, data:asBase64 and blobId')
  if (name === 'blobId') return rangeOf(value, source, call)
  if (name === 'data:asText') {
    // Half of a surrogate pair has no UTF-8.
    if (!value.isWellFormed()) throw bad('no Unicode')
    return Buffer.from(value)
  }
  if (value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw bad('no base64')
  return Buffer.from(value, 'base64')
}

async function rangeOf(said: string, source: Json, call: Call): Promise<Buffer> {
  const bad = (why: string) => invalidProperties(['data'], why)
  const { offset, length } = source
  const fits = (value: unknown) =>
    value === undefined || value === null || (Number.isSafeInteger(value) && Number(value) >= 0)
  if (!fits(offset) || !fits(length)) throw bad('offset and length are whole numbers')
  const blobId = call.mustResolve(said, 'data')
  const found = await findBlob(call.rooms, Access.own(call.asker.login.account), blobId)
  if (!found) throw bad(`no blob ${blobId.slice(0, 100)}`)
  const whole = await found.whole()
  const start = Number(offset ?? 0)
  const end = (length ?? null) === null ? whole.length : start + Number(length)
  // RFC 9404 §4.1: a range that cannot be had whole is not had at all.
  if (start > whole.length || end > whole.length) throw bad('the range is past the end')
  // A copy, lest many small ranges hold many large blobs.
  return end - start === whole.length ? whole : Buffer.from(whole.subarray(start, end))
}
