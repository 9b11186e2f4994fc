// What is written in the editor as lines of text, and lines of text as what the editor holds. Knows
// no editor.

const blocks = new Set(
  'ADDRESS BLOCKQUOTE CENTER DD DIV DL DT H1 H2 H3 H4 H5 H6 HR LI OL P PRE TABLE TR UL'.split(' '),
)

/** @param {Node} root @returns {string} */
export function textIn(root) {
  return linesIn(root).join('\n')
}

/** @param {Node} root @returns {string[]} */
function linesIn(root) {
  const lines = []
  /** @type {string | null} */
  let open = null
  const end = () => {
    if (open !== null) lines.push(open)
    open = null
  }
  const walk = (node) => {
    for (const child of node.childNodes) visit(child)
  }
  const visit = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const text = node.data.replaceAll('\u00a0', ' ').replaceAll('\u200b', '')
      if (text !== '') open = (open ?? '') + text
      return
    }
    const name = node.nodeName
    if (name === 'BR') {
      lines.push(open ?? '')
      open = null
      return
    }
    if (name === 'IMG' && node.alt) open = `${open ?? ''}[${node.alt}]`
    if (name === 'TD' && open) open += ' '
    if (!blocks.has(name)) {
      walk(node)
      if (name === 'A') open = withAddress(node, open)
      return
    }
    end()
    if (name === 'BLOCKQUOTE') lines.push(...linesIn(node).map((line) => quoted(line)))
    else if (name === 'LI') lines.push(...item(node))
    else walk(node)
    end()
    if (name === 'P' && node.nextSibling) lines.push('')
    if (name === 'HR') lines.push('----------')
  }
  walk(root)
  end()
  return lines
}

function quoted(line) {
  return line.startsWith('>') ? `>${line}` : `> ${line}`
}

function item(node) {
  const ordered = node.parentNode?.nodeName === 'OL'
  const mark = ordered ? `${[...node.parentNode.children].indexOf(node) + 1}. ` : '- '
  return linesIn(node).map((line, at) => (at === 0 ? mark : ' '.repeat(mark.length)) + line)
}

function withAddress(node, open) {
  const href = node.getAttribute('href') ?? ''
  return href === '' || says(node) ? open : `${open ?? ''} <${href}>`
}

/** Whether a link's text is its address. */
function says(node) {
  const bare = (text) =>
    text
      .trim()
      .replace(/^(?:https?:\/\/|mailto:)/i, '')
      .replace(/\/$/, '')
  return bare(node.textContent ?? '') === bare(node.getAttribute('href') ?? '')
}

/** Lines as the editor holds them. @param {string} text */
export function htmlOf(text) {
  return text
    .split('\n')
    .map((line) => `<div>${escaped(line).replace(/^ | (?= )| $/g, '&nbsp;') || '<br>'}</div>`)
    .join('')
}

/** @param {string} text */
export function escaped(text) {
  const marks = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (mark) => marks[mark])
}

/** Whether anything in it would be lost as lines of text. @param {Element} root */
export function isFormatted(root) {
  return [...root.querySelectorAll('*')].some((node) => {
    if (node.nodeName === 'BR') return false
    if (node.nodeName === 'A') return !says(node)
    return (
      node.nodeName !== 'DIV' ||
      /(?:^|;)\s*(?!text-align:\s*(?:start|left))\S/.test(node.getAttribute('style') ?? '')
    )
  })
}
