// Makes of a stranger's HTML what may be shown: read as browsers read it (parse5), of its tree only
// what is on the list, written anew. Knows neither where it is shown nor who asks.
import { type DefaultTreeAdapterTypes, defaultTreeAdapter, parse } from 'parse5'
import { attributes, attributesOf, dropped, elements, empty } from './allowed.table.ts'
import { cleanDeclarations, cleanStyleSheet, prefixed } from './css-clean.ts'
import { isDataPicture, linkOf, otherHost, remoteOf } from './links.ts'

type Node = DefaultTreeAdapterTypes.ChildNode
type Element = DefaultTreeAdapterTypes.Element

export interface HtmlWish {
  /** A page of its own keeps sheets, classes and names; a quotation how each part looks. */
  readonly as: 'page' | 'quote'
  /** The address of a part of the message, by its Content-ID; undefined where there is none. */
  readonly part: (cid: string) => string | undefined
  /** The address under which a picture from elsewhere is had; undefined where it is not loaded. */
  readonly remote: (url: string) => string | undefined
}

export interface CleanHtml {
  /** The content of a body. */
  readonly body: string
  /** Of the body element itself, as in a tag. */
  readonly bodyAttributes: string
  readonly styles: string
  /** Things that would have been loaded from elsewhere, and were not. */
  readonly blocked: number
  /** Content-IDs that are used. */
  readonly parts: readonly string[]
}

/** Nested deeper than this, elements lose their tags and keep their text. */
const depthMax = 200
const linkTextMaxChars = 500

/** Never throws; the time it takes grows with what it is given. */
export function cleanHtml(html: string, wish: HtmlWish): CleanHtml {
  const cleaner = new Cleaner(wish)
  const document = parse(html, { scriptingEnabled: false })
  cleaner.walk(document.childNodes)
  return cleaner.result()
}

/** What is written once all of an element's content has been. */
interface End {
  readonly end: string
}

class Cleaner {
  readonly #wish: HtmlWish
  readonly #parts = new Set<string>()
  #out: string[] = []
  #styles = ''
  #bodyAttributes = ''
  #blocked = 0

  constructor(wish: HtmlWish) {
    this.#wish = wish
  }

  result(): CleanHtml {
    return {
      body: this.#out.join(''),
      bodyAttributes: this.#bodyAttributes,
      styles: this.#styles,
      blocked: this.#blocked,
      parts: [...this.#parts],
    }
  }

  walk(nodes: readonly Node[]): void {
    const left: (Node | End)[] = [...nodes].reverse()
    let depth = 0
    while (left.length > 0) {
      const node = left.pop()!
      if ('end' in node) {
        this.#out.push(node.end)
        depth--
      } else if (defaultTreeAdapter.isTextNode(node)) this.#out.push(textOf(node.value))
      else if (defaultTreeAdapter.isElementNode(node)) {
        const end = this.#element(node, depth)
        if (end === undefined) continue
        if (end !== '') depth++
        if (end !== '') left.push({ end })
        for (let at = node.childNodes.length - 1; at >= 0; at--) left.push(node.childNodes[at]!)
      }
    }
  }

  /** Begins an element: its end, "" where only its content stays, undefined where nothing does. */
  #element(node: Element, depth: number): string | undefined {
    const name = node.tagName
    if (node.namespaceURI !== 'http://www.w3.org/1999/xhtml') return this.#drop(node)
    if (name === 'style' && this.#wish.as === 'page') return this.#style(node)
    if (dropped.has(name)) return this.#drop(node)
    if (name === 'body') {
      this.#bodyAttributes = this.#attributes(node, new Map())
      return ''
    }
    if (!elements.has(name) || depth >= depthMax) return ''
    if (name === 'img') return this.#picture(node)
    if (name === 'a') return this.#link(node)
    this.#out.push(`<${name}${this.#attributes(node, new Map())}>`)
    if (empty.has(name)) return undefined
    // Of HTML: a line end right after this tag is not read.
    if (name === 'pre' && startsWithLine(node)) this.#out.push('\n')
    return `</${name}>`
  }

  /** Counts what would have been loaded. */
  #drop(node: Element): undefined {
    for (const { name, value } of node.attrs)
      if (/^(?:src|href|data|poster|srcset|xlink:href)$/.test(name) && isLoading(node.tagName))
        if (remoteOf(value.split(/[\s,]/)[0] ?? '')) this.#blocked++
    return undefined
  }

  #style(node: Element): undefined {
    const text = node.childNodes.map((child) => ('value' in child ? child.value : '')).join('')
    this.#styles += cleanStyleSheet(text, (url) => this.#address(url))
    return undefined
  }

  #picture(node: Element): undefined {
    const source = attribute(node, 'src') ?? ''
    const given = new Map<string, string>()
    const address = this.#address(source, node)
    if (address !== undefined) given.set('src', address)
    const cid = this.#wish.as === 'quote' ? cidOf(source) : undefined
    if (cid !== undefined && address !== undefined) given.set('data-cid', cid)
    if (address === undefined && remoteOf(source) && this.#wish.as === 'quote')
      given.set('data-src', source.trim())
    if (attribute(node, 'srcset') !== undefined && source === '') this.#blocked++
    this.#out.push(`<img${this.#attributes(node, given)}>`)
    return undefined
  }

  #link(node: Element): string {
    const href = attribute(node, 'href') ?? ''
    const given = new Map<string, string>()
    const url = linkOf(href)
    let host = ''
    if (/^#[\w.-]{1,100}$/.test(href) && this.#wish.as === 'page')
      given.set('href', `#${prefixed(href.slice(1))}`)
    else if (url) {
      given.set('href', url.href)
      given.set('target', '_blank')
      given.set('rel', 'noopener noreferrer')
      if (this.#wish.as === 'page') given.set('title', url.href)
      if (otherHost(contentOf(node), url)) host = url.hostname
    }
    this.#out.push(`<a${this.#attributes(node, given)}>`)
    const shown = host === '' || this.#wish.as === 'quote' ? '' : warning(host)
    return `</a>${shown}`
  }

  #attributes(node: Element, given: Map<string, string>): string {
    const known = { ...attributes, ...attributesOf[node.tagName] }
    const kept = new Map<string, string>()
    for (const { name, value } of node.attrs)
      if (Object.hasOwn(known, name) && known[name]?.test(value)) kept.set(name, value)
    const styles: string[] = []
    const back = attribute(node, 'background')
    const backAddress = back === undefined ? undefined : this.#address(back)
    if (backAddress !== undefined) styles.push(`background-image:url("${backAddress}")`)
    const style = attribute(node, 'style')
    if (style !== undefined) styles.push(cleanDeclarations(style, (url) => this.#address(url)))
    const css = styles.filter((each) => each !== '').join(';')
    if (css !== '') kept.set('style', css)
    if (this.#wish.as === 'page') {
      const names = attribute(node, 'class')
      if (names !== undefined && names.length <= 1000) kept.set('class', names)
      const id = attribute(node, 'id') ?? (node.tagName === 'a' ? attribute(node, 'name') : '')
      if (id && id.length <= 200) kept.set('id', prefixed(id))
    }
    for (const [name, value] of given) kept.set(name, value)
    return [...kept].map(([name, value]) => ` ${name}="${attributeText(value)}"`).join('')
  }

  /** Where a picture is had; counts those that are not. */
  #address(source: string, node?: Element): string | undefined {
    const id = cidOf(source)
    if (id !== undefined) {
      const address = this.#wish.part(id)
      if (address !== undefined) this.#parts.add(id)
      return address
    }
    if (isDataPicture(source)) return source.trim().replace(/\s/g, '')
    const remote = remoteOf(source)
    if (!remote) return undefined
    // What nobody can see is there to tell the sender that somebody looked.
    const address = node && isSpeck(node) ? undefined : this.#wish.remote(remote.href)
    if (address === undefined) this.#blocked++
    return address
  }
}

function isLoading(name: string): boolean {
  return /^(?:audio|embed|iframe|frame|image|input|link|object|script|source|track|video|fencedframe)$/.test(
    name,
  )
}

/** Declared to be at most one pixel wide or high. */
function isSpeck(node: Element): boolean {
  return ['width', 'height'].some((name) =>
    /^\s*[01](?:px)?\s*$/i.test(attribute(node, name) ?? ''),
  )
}

function attribute({ attrs }: Element, wanted: string): string | undefined {
  return attrs.find(({ name }) => name === wanted)?.value
}

/** What a reader sees of a link, up to a bound. */
function contentOf(node: Element): string {
  const left: Node[] = [...node.childNodes].reverse()
  let text = ''
  while (left.length > 0 && text.length < linkTextMaxChars) {
    const next = left.pop()!
    if (defaultTreeAdapter.isTextNode(next)) text += next.value
    else if (defaultTreeAdapter.isElementNode(next)) left.push(...[...next.childNodes].reverse())
  }
  return text
}

function startsWithLine({ childNodes: [first] }: Element): boolean {
  return first !== undefined && 'value' in first && first.value.startsWith('\n')
}

/** No style sheet of the mail's can hide it: what stands at the element outweighs it. */
function warning(host: string): string {
  const look =
    'display:inline!important;visibility:visible!important;opacity:1!important;' +
    'font:600 12px/1.3 system-ui,sans-serif!important;color:#8a1c0d!important;' +
    'background:#fff3ee!important;padding:0 4px!important;text-indent:0!important'
  return `<bdi data-host style="${look}"> → ${textOf(host)} </bdi>`
}

/** The Content-ID that an address names; undefined of any other address. */
function cidOf(source: string): string | undefined {
  const cid = /^\s*cid:(.{1,500}?)\s*$/is.exec(source)?.[1]
  try {
    return cid && decodeURIComponent(cid)
  } catch {
    return cid
  }
}

function textOf(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function attributeText(text: string): string {
  return textOf(text).replaceAll('"', '&quot;').replaceAll("'", '&#39;').replaceAll('`', '&#96;')
}
