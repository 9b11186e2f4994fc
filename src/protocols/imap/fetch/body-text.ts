// IMAP's BODY of a message: BODYSTRUCTURE without its extension data, RFC 9051 §7.5.2. Pure.

const token = /[()]|"[^"\\]*(?:\\.[^"\\]*)*"|\{(\d+)\}\r\n|[^ ()"{]+/g
/** Type, subtype, parameters, id, description, encoding, size. */
const basicFields = 7

/** Of a BODYSTRUCTURE as structure-text.ts writes it. */
export function bodyText(structure: string): string {
  const elements = elementsOf(structure)
  const parts = elements.findIndex((element) => !element.startsWith('('))
  if (parts > 0) {
    // The depth of a structure is limited, so this may recurse.
    const bodies = elements.slice(0, parts).map(bodyText).join('')
    return `(${bodies} ${elements[parts]})`
  }
  const basic = elements.slice(0, basicFields)
  const [next = '', body = '', lines = ''] = elements.slice(basicFields)
  if (next.startsWith('(') && body.startsWith('(')) basic.push(next, bodyText(body), lines)
  else if (/^\d+$/.test(next)) basic.push(next)
  return `(${basic.join(' ')})`
}

/** What stands in the outermost parentheses. */
function elementsOf(text: string): string[] {
  const elements: string[] = []
  let depth = 0
  let start = 0
  token.lastIndex = 0
  for (let found = token.exec(text); found; found = token.exec(text)) {
    if (found[1] !== undefined) token.lastIndex += Number(found[1])
    if (found[0] === ')') depth--
    if (depth === 1 && found[0] !== '(') {
      const from = found[0] === ')' ? start : found.index
      elements.push(text.slice(from, token.lastIndex))
    }
    if (found[0] === '(' && depth++ === 1) start = found.index
  }
  return elements
}
