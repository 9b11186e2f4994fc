// Reads XML as reports have it: elements with text. No document types and no entities but the five
// that XML itself has, so that nothing grows and nothing is fetched; bounded in depth and number.
import { setImmediate } from 'node:timers/promises'

const depthMax = 16
const elementsMax = 500_000
const textMaxChars = 4_096
const atOnce = 2_000

/** Told of an element's end: its path ("feedback/record/row") and the text directly in it. */
export interface XmlReader {
  open?(path: string): void
  close(path: string, text: string): void
}

/** @throws Error with what is wrong, in words */
export async function readXml(xml: string, reader: XmlReader): Promise<void> {
  const form =
    /<(?:\?[^>]*\?|!--[\s\S]*?--|!\[CDATA\[([\s\S]*?)\]\]|(\/?)([^\s<>/!?]+)([^<>]*?)(\/?))>/y
  const open: { readonly path: string; text: string }[] = []
  let count = 0
  for (let at = 0; at < xml.length; ) {
    if (++count % atOnce === 0) await setImmediate()
    if (count > elementsMax) throw new Error('too many elements')
    const next = xml.indexOf('<', at)
    const text = xml.slice(at, next < 0 ? xml.length : next)
    add(open, unescaped(text))
    if (next < 0) break
    form.lastIndex = next
    const match = form.exec(xml)
    if (!match) throw new Error(`no XML at ${next}`)
    at = form.lastIndex
    const [, data, slash, name, , empty] = match
    if (data !== undefined) add(open, data)
    if (name === undefined) continue
    if (slash === '/') close(open, name, reader)
    else enter(open, name, empty === '/', reader)
  }
  if (open.length > 0) throw new Error(`${open.at(-1)!.path} has no end`)
}

type Open = { readonly path: string; text: string }[]

function enter(open: Open, name: string, empty: boolean, reader: XmlReader): void {
  if (open.length >= depthMax) throw new Error('too deep')
  const local = name.slice(name.indexOf(':') + 1).toLowerCase()
  const above = open.at(-1)?.path
  const path = above === undefined ? local : `${above}/${local}`
  reader.open?.(path)
  if (empty) reader.close(path, '')
  else open.push({ path, text: '' })
}

function close(open: Open, name: string, reader: XmlReader): void {
  const last = open.pop()
  const local = name.slice(name.indexOf(':') + 1).toLowerCase()
  if (!last || last.path.slice(last.path.lastIndexOf('/') + 1) !== local)
    throw new Error(`an end of ${local.slice(0, 50)} without its beginning`)
  reader.close(last.path, last.text.trim())
}

function add(open: Open, text: string): void {
  const last = open.at(-1)
  if (last && last.text.length < textMaxChars) last.text += text.slice(0, textMaxChars)
}

const entities: Readonly<Record<string, string>> = {
  ...{ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" },
}

function unescaped(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (whole, dec, hex, name) => {
    const code = dec ? Number(dec) : hex ? Number.parseInt(hex, 16) : undefined
    if (code === undefined) return entities[name as string] ?? whole
    return code <= 0x10ffff ? String.fromCodePoint(code) : ''
  })
}

export function escaped(text: string): string {
  return text
    .replace(/[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]/g, '?')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
}
