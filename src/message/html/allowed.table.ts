// What may stay of a stranger's HTML: elements, attributes and properties of CSS, by name. What is
// not here goes.

/** Kept, with their content. */
export const elements: ReadonlySet<string> = new Set([
  ...['a', 'abbr', 'address', 'article', 'aside', 'b', 'bdi', 'bdo', 'big', 'blockquote', 'body'],
  ...['br', 'caption', 'center', 'cite', 'code', 'col', 'colgroup', 'dd', 'del', 'dfn', 'dir'],
  ...['div', 'dl', 'dt', 'em', 'figcaption', 'figure', 'font', 'footer', 'h1', 'h2', 'h3', 'h4'],
  ...['h5', 'h6', 'header', 'hgroup', 'hr', 'i', 'img', 'ins', 'kbd', 'li', 'main', 'mark'],
  ...['menu', 'nav', 'ol', 'p', 'pre', 'q', 'rp', 'rt', 'ruby', 's', 'samp', 'section', 'small'],
  ...['span', 'strike', 'strong', 'sub', 'summary', 'sup', 'table', 'tbody', 'td', 'tfoot', 'th'],
  ...['thead', 'time', 'tr', 'tt', 'u', 'ul', 'var', 'wbr'],
])

/** Without an end. */
export const empty: ReadonlySet<string> = new Set(['br', 'col', 'hr', 'img', 'wbr'])

/** Gone with all that is in them; of every other element not named above, the content stays. */
export const dropped: ReadonlySet<string> = new Set([
  ...['applet', 'area', 'audio', 'base', 'basefont', 'bgsound', 'canvas', 'datalist', 'dialog'],
  ...['embed', 'frame', 'frameset', 'iframe', 'input', 'link', 'map', 'math', 'meta', 'noembed'],
  ...['noframes', 'noscript', 'object', 'optgroup', 'option', 'output', 'param', 'plaintext'],
  ...['portal', 'progress', 'script', 'select', 'slot', 'source', 'style', 'svg', 'template'],
  ...['textarea', 'title', 'track', 'video', 'xmp', 'fencedframe', 'selectedcontent'],
])

const size = /^\d{1,5}(?:\.\d{1,4})?%?$/
const whole = /^-?\d{1,5}$/
const word = /^[a-z][a-z-]{0,20}$/i
const colour = /^#?[a-z0-9]{1,30}$/i
const text = /^[^\0]{0,2000}$/s

/** Attributes of any element, each with what its value must be. */
export const attributes: Readonly<Record<string, RegExp>> = {
  ...{ align: word, valign: word, dir: /^(?:ltr|rtl|auto)$/i, lang: /^[a-z0-9-]{1,35}$/i },
  ...{ bgcolor: colour, bordercolor: colour, color: colour, border: size, nowrap: /^.{0,20}$/ },
  ...{ width: size, height: size, hspace: size, vspace: size, title: text },
  ...{ role: /^(?:presentation|none|img|heading|article|list|listitem)$/, 'aria-hidden': word },
}

/** Further ones, by element. */
export const attributesOf: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  table: { cellpadding: size, cellspacing: size, rules: word, frame: word, summary: text },
  td: { colspan: whole, rowspan: whole, scope: word, abbr: text, charoff: whole },
  th: { colspan: whole, rowspan: whole, scope: word, abbr: text, charoff: whole },
  col: { span: whole },
  colgroup: { span: whole },
  font: { face: /^[\p{L}\p{N} ,'"_-]{0,200}$/u, size: /^[+-]?\d{1,2}$/ },
  ol: { start: whole, type: /^[1aAiI]$/, reversed: /^.{0,20}$/ },
  ul: { type: word },
  li: { value: whole, type: /^(?:[1aAiI]|[a-z]{1,10})$/ },
  img: { alt: text },
  hr: { size, noshade: /^.{0,20}$/ },
  br: { clear: word },
  time: { datetime: /^[\w:.+ -]{0,40}$/ },
}

/** Whole families of properties, by how they begin. */
const families =
  /^(?:border|margin|padding|font|text|list-style|background|column|outline|flex|grid|align|justify)(?:-[a-z-]+)?$/

const properties: ReadonlySet<string> = new Set([
  ...['color', 'display', 'width', 'height', 'min-width', 'max-width', 'min-height', 'max-height'],
  ...['line-height', 'letter-spacing', 'word-spacing', 'white-space', 'word-break', 'word-wrap'],
  ...['overflow-wrap', 'vertical-align', 'direction', 'unicode-bidi', 'float', 'clear', 'opacity'],
  ...['visibility', 'overflow', 'overflow-x', 'overflow-y', 'box-sizing', 'box-shadow', 'gap'],
  ...['row-gap', 'table-layout', 'empty-cells', 'caption-side', 'hyphens', 'tab-size', 'order'],
  ...['position', 'quotes', 'orphans', 'widows', 'page-break-after', 'page-break-before'],
  ...['page-break-inside', 'break-inside', 'object-fit', 'aspect-ratio', 'color-scheme'],
  ...['-webkit-text-size-adjust', '-ms-text-size-adjust', 'mso-line-height-rule'],
  ...['border-collapse', 'border-spacing'],
])

/** @param name in lower case */
export function isAllowedProperty(name: string): boolean {
  return properties.has(name) || (families.test(name) && !/-(?:behavior|binding)$/.test(name))
}

/** Functions that load nothing and read nothing from elsewhere. */
export const functions: ReadonlySet<string> = new Set([
  ...['rgb', 'rgba', 'hsl', 'hsla', 'hwb', 'lab', 'lch', 'oklab', 'oklch', 'color'],
  ...['calc', 'min', 'max', 'clamp', 'light-dark', 'fit-content', 'minmax', 'repeat'],
  ...['linear-gradient', 'radial-gradient', 'conic-gradient', 'repeating-linear-gradient'],
  ...['repeating-radial-gradient'],
])
