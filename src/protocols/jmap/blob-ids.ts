// What a blobId names (RFC 8620 §6): an email's bytes, an upload's, or a part of one of these,
// decoded. The id says all; whether the account may have it is asked of the store each time.
import type { Part } from '../../message/structure.ts'

export interface BlobName {
  readonly of: 'email' | 'upload' | 'script'
  readonly id: string
  /** Where the part's body is in the bytes as they were received. */
  readonly part?: { readonly start: number; readonly end: number; readonly encoding: string }
}

const encodings: Readonly<Record<string, string>> = {
  base64: 'b',
  'quoted-printable': 'q',
}
const byLetter: Readonly<Record<string, string>> = { b: 'base64', q: 'quoted-printable', i: '8bit' }

export function blobIdOfEmail(email: string): string {
  return `E${email}`
}

export function blobIdOfUpload(upload: string): string {
  return `U${upload}`
}

/** By the digest of its text. */
export function blobIdOfScript(digest: string): string {
  return `S${digest}`
}

export function blobIdOfPart(whole: string, part: Part): string {
  return `${whole}_${part.body}_${part.end}_${encodings[part.encoding] ?? 'i'}`
}

const form = /^([EUS])([0-9a-z]{10,40})(?:_(\d{1,12})_(\d{1,12})_([bqi]))?$/

export function readBlobId(text: string): BlobName | undefined {
  const match = form.exec(text)
  if (!match) return undefined
  const [, kind, id = '', start, end, letter = ''] = match
  const of = ({ E: 'email', U: 'upload', S: 'script' } as const)[kind ?? ''] ?? 'upload'
  if (start === undefined) return { of, id }
  const encoding = byLetter[letter] ?? '8bit'
  return { of, id, part: { start: Number(start), end: Number(end), encoding } }
}
