// HTML to plain text for a card or a preview: tags go, entities become characters. It makes text,
// never HTML that is safe to show; one pass, no parser.

const dropped = /^(?:script|style|title|head|template|noscript|object|svg|math)$/
const breaking = /^(?:address|article|blockquote|br|div|dl|dt|dd|footer|form|h[1-6]|header|hr|li)$/
const breakingToo = /^(?:main|nav|ol|p|pre|section|table|tr|ul)$/

/**
 * The text of an HTML document or fragment, up to the tag that is one too many. Lines are folded as
 * a browser would.
 */
export function htmlToText(html: string, tagsMax = Number.POSITIVE_INFINITY): string {
  let out = ''
  let at = 0
  let tags = 0
  while (at < html.length) {
    const open = html.indexOf('<', at)
    if (open < 0) break
    out += textOf(html.slice(at, open))
    if (++tags > tagsMax) return folded(out)
    const tag = tagAt(html, open)
    if (tag === undefined) {
      out += '<'
      at = open + 1
      continue
    }
    if (tag.breaks) out += '\n'
    at = tag.end
  }
  out += textOf(html.slice(at))
  return folded(out)
}

function folded(text: string): string {
  return text
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

interface Tag {
  readonly end: number
  readonly breaks: boolean
}

/** The tag, comment or dropped element that begins at `open`; undefined where "<" is only text. */
function tagAt(html: string, open: number): Tag | undefined {
  if (html.startsWith('<!--', open)) return { end: after(html, '-->', open + 2), breaks: false }
  const name = /<(?:([!?])|\/?([a-z][a-z0-9]{0,30}))/iy
  name.lastIndex = open
  const match = name.exec(html)
  if (match === null) return undefined
  const element = (match[2] ?? '').toLowerCase()
  const end = after(html, '>', name.lastIndex)
  if (html[open + 1] !== '/' && dropped.test(element)) {
    return { end: elementEnd(html, element, end), breaks: false }
  }
  return { end, breaks: breaking.test(element) || breakingToo.test(element) }
}

/** Where a dropped element ends; one that never does takes the rest, but `head` ends at `body`. */
function elementEnd(html: string, element: string, from: number): number {
  const closing = element === 'head' ? /<\/head|<body/gi : new RegExp(`</${element}`, 'gi')
  closing.lastIndex = from
  const match = closing.exec(html)
  if (match === null) return html.length
  return match[0].startsWith('</') ? after(html, '>', match.index) : match.index
}

function after(html: string, mark: string, from: number): number {
  const found = html.indexOf(mark, from)
  return found < 0 ? html.length : found + mark.length
}

function textOf(raw: string): string {
  const folded = /[\t\r\n\f]| {2}/.test(raw) ? raw.replace(/[ \t\r\n\f]+/g, ' ') : raw
  return folded.includes('&') ? folded.replace(/&(#?[a-z0-9]{1,31});?/gi, entity) : folded
}

function entity(written: string, name: string): string {
  if (!name.startsWith('#')) return named.get(name) ?? written
  const hex = /^#x([0-9a-f]{1,6})$/i.exec(name)
  const digits = hex ?? /^#([0-9]{1,7})$/.exec(name)
  const code = Number.parseInt(digits?.[1] ?? '', hex ? 16 : 10)
  // No control characters and no halves of surrogate pairs out of nowhere.
  const fits = code === 9 || code === 10 || (code >= 32 && code < 127) || code >= 160
  if (!fits || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return ''
  return String.fromCodePoint(code)
}

// HTML 4 names of U+00A0 to U+00FF, in order.
const latin1 =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn ' +
  'sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave ' +
  'Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ' +
  'ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN ' +
  'szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave ' +
  'iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ' +
  'ucirc uuml yacute thorn yuml'

const named: ReadonlyMap<string, string> = new Map([
  ...latin1.split(' ').map((name, n): [string, string] => [name, String.fromCharCode(160 + n)]),
  ...([
    ['amp', '&'],
    ['lt', '<'],
    ['gt', '>'],
    ['quot', '"'],
    ['apos', "'"],
    ['nbsp', ' '],
    ['shy', ''],
    ['zwnj', ''],
    ['zwj', ''],
    ['euro', '€'],
    ['hellip', '…'],
    ['bull', '•'],
    ['ndash', '–'],
    ['mdash', '—'],
    ['lsquo', '‘'],
    ['rsquo', '’'],
    ['sbquo', '‚'],
    ['ldquo', '“'],
    ['rdquo', '”'],
    ['bdquo', '„'],
    ['lsaquo', '‹'],
    ['rsaquo', '›'],
    ['trade', '™'],
    ['larr', '←'],
    ['rarr', '→'],
    ['OElig', 'Œ'],
    ['oelig', 'œ'],
    ['Scaron', 'Š'],
    ['scaron', 'š'],
  ] as const),
])
