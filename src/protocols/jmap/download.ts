// How bytes of strangers leave (RFC 8620 §6.2): never as a page of this origin. Types that browsers
// only show are shown; everything else is a file to save.
import type { HttpAnswer } from '../../wire/http-types.ts'

const shown =
  /^(?:image\/(?:png|jpeg|gif|webp|avif)|audio\/[a-z0-9.+-]+|video\/[a-z0-9.+-]+|text\/plain|application\/pdf)$/

export function downloadAnswer(bytes: Buffer, type: string, name: string): HttpAnswer {
  const said = /^[a-z0-9!#$&^_.+-]{1,100}\/[a-z0-9!#$&^_.+-]{1,100}$/i.test(type)
    ? type.toLowerCase()
    : 'application/octet-stream'
  const safe = shown.test(said)
  // What a browser would run is not called so, whatever the client wishes.
  const runs = /html|xml|svg|script|ecmascript|css|wasm|multipart/.test(said)
  const file =
    name
      .replace(/[/\\\p{Cc}]/gu, '_')
      .slice(0, 200)
      .toWellFormed() || 'download'
  const plain = file.replace(/[^\x20-\x7e]|["%\\]/g, '_')
  const encoded = encodeURIComponent(file).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  const kind = safe ? 'inline' : 'attachment'
  return {
    status: 200,
    headers: {
      'content-type': runs
        ? 'application/octet-stream'
        : said === 'text/plain'
          ? 'text/plain; charset=utf-8'
          : said,
      'content-disposition': `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`,
      'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'self'",
      // RFC 8620 §6.2: a blob never changes.
      'cache-control': 'private, immutable, max-age=31536000',
    },
    body: bytes,
  }
}
