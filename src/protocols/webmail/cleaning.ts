// What the page's thread and the cleaning thread tell each other. Knows no HTML.
import { createHmac } from 'node:crypto'
import type { CleanHtml } from '../../message/html/clean-html.ts'

export interface CleanTask {
  readonly n: number
  readonly html: string
  readonly as: 'page' | 'quote'
  /** Addresses of the message's own parts by Content-ID. */
  readonly parts: ReadonlyMap<string, string>
  /** What the addresses of pictures from elsewhere are signed with; "" where none is loaded. */
  readonly key: string
}

export interface CleanAnswer {
  readonly n: number
  readonly clean?: CleanHtml
  readonly failure?: string
}

/** Where our proxy has a picture. Only who knows the key can make one. */
export function proxied(url: string, key: string): string {
  const query = new URLSearchParams({ u: url, s: signatureOf(url, key) })
  return `/mail/picture?${query}`
}

export function signatureOf(url: string, key: string): string {
  return createHmac('sha256', key).update(url).digest('base64url').slice(0, 27)
}
