// What others wrote, as text nodes only: nothing in it can become markup, or hide, or reorder.

// Controls but tab and newline; halves of characters.
const dropped =
  /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
// Bidirectional controls, and what takes no room. A joiner inside an emoji is part of it.
const hidden =
  /(?<!\p{Extended_Pictographic}\ufe0f?)\u200d|\u200d(?!\p{Extended_Pictographic})|[\xad\u061c\u115f\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu
const link =
  /\b(?:https?:\/\/|mailto:)[^\s<>"'`\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/giu
const names = new Map([
  [0x200b, 'ZWSP'],
  [0x200c, 'ZWNJ'],
  [0x200d, 'ZWJ'],
  [0x200e, 'LRM'],
  [0x200f, 'RLM'],
  [0x202a, 'LRE'],
  [0x202b, 'RLE'],
  [0x202c, 'PDF'],
  [0x202d, 'LRO'],
  [0x202e, 'RLO'],
  [0x2066, 'LRI'],
  [0x2067, 'RLI'],
  [0x2068, 'FSI'],
  [0x2069, 'PDI'],
])

/**
 * An element with attributes of ours and children.
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/**
 * Fills an element with foreign text, what hides in it made visible; links only where wanted.
 * @template {Element} E
 * @param {E} element
 * @param {string} text
 * @param {boolean} [links]
 * @returns {E}
 */
export function fill(element, text, links = false) {
  const plain = text.replace(/\r\n?|[\u2028\u2029]/g, '\n').replace(dropped, '')
  element.replaceChildren()
  let at = 0
  for (const match of links ? plain.matchAll(link) : []) {
    const written = trimmed(match[0])
    marked(element, plain.slice(at, match.index))
    element.append(...anchor(written))
    at = match.index + written.length
  }
  marked(element, plain.slice(at))
  return element
}

/** The sentence's own stop or bracket is no part of the address. @param {string} written */
function trimmed(written) {
  const bare = written.replace(/[.,;:!?…\]}]+$/, '')
  return bare.endsWith(')') && !bare.includes('(') ? bare.slice(0, -1) : bare
}

/** @param {string} written */
function anchor(written) {
  const url = URL.parse(written)
  if (!url || !/^(https?|mailto):$/.test(url.protocol)) return [written]
  const { href, hostname } = url
  const rel = 'noopener noreferrer nofollow'
  const a = make('a', { href, rel, target: '_blank' }, written)
  // A name in another script may look like one that is known: its real form stands beside it.
  return hostname.includes('xn--') ? [a, make('span', { class: 'mark' }, hostname)] : [a]
}

/** @param {Element} element @param {string} plain */
function marked(element, plain) {
  let at = 0
  for (const match of plain.matchAll(hidden)) {
    const code = match[0].codePointAt(0) ?? 0
    const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
    element.append(plain.slice(at, match.index))
    element.append(make('span', { class: 'mark', title: hex }, names.get(code) ?? hex))
    at = match.index + match[0].length
  }
  element.append(plain.slice(at))
}
