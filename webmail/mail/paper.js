// The body of a message: its HTML on paper, with what was held back and how to get it; or its text.
// Knows no list and no composer.
import { action, el, linked } from './dom.js'
import { mailFrame } from './frame.js'
import { word } from './reading-words.js'
import { trust, trusts } from './senders.js'
import { t } from './words.js'

/**
 * @param {{jmap: any, preferences: any, write: (draft: any) => void}} ports
 * @param {any} email
 * @param {(parts: Set<string>) => void} used told which parts of the message its HTML shows
 */
export function paper(ports, email, used) {
  const holder = el('div', {})
  const notes = el('div', {})
  const show = (pictures) => holder.replaceChildren(frame(pictures))
  const frame = (pictures) => {
    const more = pictures ? '?pictures=1' : ''
    const address = `/mail/body/${ports.jmap.account}/${email.id}${more}`
    return mailFrame(address, email.subject || t('message'), (page) => {
      const { blocked, cut, parts = '' } = page.documentElement.dataset
      used(new Set(parts.split(' ').map(decodeURIComponent)))
      notes.replaceChildren(
        ...(!pictures && blocked !== '0' ? [banner(ports, email, () => show(true))] : []),
        ...(cut === 'true' ? [note(t('cut'))] : []),
      )
      page.addEventListener('click', (event) => letters(ports, event))
    })
  }
  const from = email.from?.[0]?.email ?? ''
  show(trusts(ports.preferences, from))
  return [notes, holder]
}

/** What is held back, and two ways to have it. */
function banner({ preferences }, email, show) {
  const from = email.from?.[0]?.email ?? ''
  const always = () => {
    show()
    // Not kept: it holds for this message, and is asked again.
    trust(preferences, from).catch(() => {})
  }
  return el(
    'div',
    { className: 'note blocked' },
    el('p', {}, t('blocked')),
    action('picture', word('loadPictures'), show, true),
    ...(from ? [action('star', word('alwaysFrom', { who: from }), always, true)] : []),
  )
}

/** A mail address in a letter opens a letter here, not another program. */
function letters({ write }, event) {
  const link = event.target?.closest?.('a[href^="mailto:"]')
  if (!link) return
  event.preventDefault()
  const url = new URL(link.getAttribute('href'))
  const { searchParams: asked } = url
  write({
    to: decodeURIComponent(url.pathname),
    cc: asked.get('cc') ?? '',
    subject: asked.get('subject') ?? '',
    text: asked.get('body') ?? '',
  })
}

/** The same text in lines, what it quotes folded away. @param {string} text */
export function plainText(text) {
  const lines = text.split('\n')
  const parts = []
  for (let at = 0; at < lines.length; ) {
    const quoted = isQuoted(lines[at])
    let end = at + 1
    while (end < lines.length && isQuoted(lines[end]) === quoted) end++
    parts.push({ quoted, text: lines.slice(at, end).join('\n') })
    at = end
  }
  const shown = parts.map((part, at) => {
    const long = part.quoted && (part.text.match(/\n/g)?.length ?? 0) >= 2
    // What is answered line by line stays where it is.
    return long && at >= parts.length - 2 && at > 0
      ? el(
          'details',
          { className: 'quoted' },
          el('summary', { title: word('showQuoted') }, '···'),
          linked(part.text),
        )
      : linked(`${part.text}${at < parts.length - 1 ? '\n' : ''}`)
  })
  return el('div', { className: 'text', dir: 'auto' }, ...shown)
}

function isQuoted(line = '') {
  return line.startsWith('>')
}

export function note(text) {
  return el('p', { className: 'note' }, text)
}
