// HTML inside the page: of a letter that is written, or pasted into it. What is not on the list
// goes. Built of elements, never of text; whatever else in the page makes elements of text comes
// through here, too, for the page's policy knows no other way.

const tags = new Set(
  (
    'a abbr address b big blockquote br caption center cite code col colgroup dd del dfn div dl dt em ' +
    'font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub ' +
    'sup table tbody td tfoot th thead tr tt u ul var wbr'
  ).split(' '),
)
const gone = new Set(
  (
    'script style template noscript iframe object embed applet svg math audio video canvas title link ' +
    'meta base frame frameset select textarea xmp plaintext noembed noframes head option button'
  ).split(' '),
)
const attributes =
  /^(?:align|valign|dir|lang|bgcolor|color|face|size|width|height|border|cellpadding|cellspacing|colspan|rowspan|start|title|alt|type|data-cid|data-signature)$/
const properties =
  /^(?:color|background-color|font(?:-[a-z]+)?|text-(?:align|decoration(?:-[a-z]+)?|transform|indent)|line-height|letter-spacing|white-space|vertical-align|(?:margin|padding|border)(?:-[a-z]+)*|width|max-width|height|list-style-type|display)$/
const depthMax = 200

/** Text becomes a document only here: nothing in it runs or loads. */
const inert = globalThis.trustedTypes?.createPolicy('mail-body', { createHTML: (text) => text })

/** @param {string} html @returns {DocumentFragment} */
export function cleanFragment(html) {
  const text = inert ? inert.createHTML(html) : html
  const parsed = new DOMParser().parseFromString(/** @type {string} */ (text), 'text/html')
  const into = document.createDocumentFragment()
  copy(parsed.body, into, 0)
  return into
}

/** @param {string} html */
export function cleanText(html) {
  const holder = document.createElement('div')
  holder.append(cleanFragment(html))
  return holder.innerHTML
}

/** The editor sets HTML as text in a few places; it is cleaned on its way. */
export function guardPage() {
  globalThis.trustedTypes?.createPolicy('default', { createHTML: cleanText })
}

function copy(from, into, depth) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) into.append(node.data)
    else if (node instanceof Element || node.nodeType === Node.ELEMENT_NODE)
      element(node, into, depth)
  }
}

function element(node, into, depth) {
  const name = node.localName
  const ours = node.namespaceURI === 'http://www.w3.org/1999/xhtml'
  if (!ours || gone.has(name)) return
  if (name === 'input' && isBookmark(node)) return into.append(bookmark(node.id))
  if (!tags.has(name) || depth > depthMax) return copy(node, into, depth)
  const made = document.createElement(name)
  for (const { name: key, value } of node.attributes)
    if (attributes.test(key) && value.length < 2000) made.setAttribute(key, value)
  if (name === 'a' && /^\s*(?:https?:|mailto:|tel:)/i.test(node.getAttribute('href') ?? ''))
    made.setAttribute('href', node.getAttribute('href').trim())
  if (name === 'img') picture(node, made)
  look(node, made)
  copy(node, made, depth + 1)
  into.append(made)
}

/** Of our own server, or in the text itself; one from elsewhere is kept, and not loaded here. */
function picture(node, made) {
  const source = (node.getAttribute('src') ?? '').trim()
  const held = node.getAttribute('data-src') ?? (/^https?:\/\//i.test(source) ? source : '')
  if (/^\/(?:mail\/part|jmap\/download)\/[\w/.%~-]+(?:\?[\w=%&.~-]*)?$/.test(source))
    made.setAttribute('src', source)
  else if (/^data:image\/(?:png|jpeg|gif|webp);base64,[a-z0-9+/=]+$/i.test(source))
    made.setAttribute('src', source)
  else if (/^https?:\/\//i.test(held)) made.setAttribute('data-src', held)
}

function look(node, made) {
  const style = node.style
  if (!style) return
  for (const name of style) {
    const value = style.getPropertyValue(name)
    if (properties.test(name) && !/[a-z-]*(?:url|var|env|image|expression)\s*\(/i.test(value))
      made.style.setProperty(name, value)
  }
}

/** Where the editor keeps its place while it goes back a step. */
function isBookmark(node) {
  return /^squire-selection-(?:start|end)$/.test(node.id)
}

function bookmark(id) {
  const made = document.createElement('input')
  made.id = id
  made.type = 'hidden'
  return made
}
