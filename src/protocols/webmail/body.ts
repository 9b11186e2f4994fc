// The text of a message as a page of its own, which the webmail shows in a frame: cleaned, under a
// policy that lets nothing run and nothing load but the message's own pictures, and those of others
// through our proxy once a person asks for them.

import { Refused } from '../../base/refused.ts'
import { SizedCache } from '../../base/sized-cache.ts'
import type { CleanHtml } from '../../message/html/clean-html.ts'
import { htmlToText } from '../../message/html-text.ts'
import type { Part } from '../../message/structure.ts'
import type { HttpAnswer } from '../../wire/http-types.ts'
import type { Cleaner } from './cleaner.ts'
import { type Letter, letterOf } from './letter.ts'
import type { WebmailPorts } from './ports.ts'

/** Even without cleaning nothing of a stranger's runs, asks or leads away under it. */
export const bodyPolicy =
  "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; form-action 'none'; " +
  "base-uri 'none'; frame-ancestors 'self'; " +
  'sandbox allow-popups allow-popups-to-escape-sandbox allow-same-origin'

const look =
  'body{margin:12px;font:15px/1.5 system-ui,sans-serif;color:#222;background:#fff;' +
  'overflow-wrap:anywhere}img{max-width:100%;height:auto}' +
  'table{max-width:100%}pre{white-space:pre-wrap;font:inherit}' +
  'blockquote{margin:0 0 0 4px;padding-left:12px;border-left:2px solid #ccd}'
const cacheMaxChars = 16 * 1024 * 1024
const plainTagsMax = 50_000

interface Wish {
  readonly account: string
  readonly email: string
  readonly as: 'page' | 'quote'
  readonly key: string
}

export class Bodies {
  readonly #ports: WebmailPorts
  readonly #cleaner: Cleaner
  /** An email never changes. */
  readonly #made = new SizedCache<string>(cacheMaxChars, ({ length }) => length)

  constructor(ports: WebmailPorts, cleaner: Cleaner) {
    this.#ports = ports
    this.#cleaner = cleaner
  }

  /**
   * `key` signs the addresses of pictures from elsewhere; without it none is loaded.
   * undefined where the account has no such email.
   */
  async answer(wish: Wish): Promise<HttpAnswer | undefined> {
    const { account, email, as, key } = wish
    const name = [account, email, as, key === '' ? '' : 'pictures'].join(' ')
    const body = this.#made.get(name) ?? (await this.#make(wish))
    if (body === undefined) return undefined
    this.#made.set(name, body)
    return {
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': bodyPolicy,
        'x-dns-prefetch-control': 'off',
        'cache-control': 'private, max-age=300',
      },
      body,
    }
  }

  async #make(wish: Wish): Promise<string | undefined> {
    const letter = await letterOf(this.#ports, wish.account, wish.email)
    if (!letter) return undefined
    const pieces: Piece[] = []
    for (const part of letter.body) pieces.push(await this.#piece(letter, part, wish))
    return wish.as === 'quote' ? pieces.map(({ body }) => body).join('') : pageOf(pieces)
  }

  /** Each part by itself: what one leaves open ends with it. */
  async #piece(letter: Letter, part: Part, wish: Wish): Promise<Piece> {
    const address = (number: number) => `/mail/part/${wish.account}/${wish.email}/${number}`
    if (part.type === 'image')
      return { ...nothing, body: `<p><img src="${address(letter.numberOf(part))}" alt=""></p>` }
    if (part.type !== 'text') return nothing
    const { text, cut } = letter.text(part)
    if (part.subtype !== 'html') return { ...nothing, cut, body: plainOf(text) }
    const parts = new Map([...letter.pictures()].map(([cid, at]) => [cid, address(at)]))
    try {
      const { as, key } = wish
      return { ...(await this.#cleaner.clean({ html: text, as, parts, key })), cut }
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'too-big') throw error
      this.#ports.log.info('HTML of a message shown as text', { why: error.message })
      return { ...nothing, cut: true, body: plainOf(htmlToText(text, plainTagsMax)) }
    }
  }
}

type Piece = CleanHtml & { readonly cut: boolean }

const nothing: Piece = {
  ...{ body: '', bodyAttributes: '', styles: '', blocked: 0, parts: [], cut: false },
}

/** What the page around it wants to know stands at the root: nothing in here can tell it. */
function pageOf(pieces: readonly Piece[]): string {
  const blocked = pieces.reduce((sum, piece) => sum + piece.blocked, 0)
  const cut = pieces.some((piece) => piece.cut)
  const styles = pieces.map((piece) => piece.styles).join('')
  const parts = pieces.flatMap((piece) => piece.parts).map(encodeURIComponent)
  const [only] = pieces
  const whole = pieces.length === 1 && only ? only.bodyAttributes : ''
  return (
    `<!doctype html><html data-blocked="${blocked}" data-cut="${cut}" ` +
    `data-parts="${parts.join(' ')}"><head>` +
    '<meta charset="utf-8"><meta name="referrer" content="no-referrer">' +
    `<style>${look}</style><style>${styles}</style></head><body${whole}>` +
    `${pieces.map(({ body }) => body).join('<hr>')}</body></html>`
  )
}

function plainOf(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<pre>\n${escaped}</pre>`
}
