// One row of the list: text only, made anew when what it shows has changed. Knows an email, no list.
import { el, icon } from './dom.js'
import { say } from './list-words.js'
import { longDate, shortDate, t } from './words.js'

/**
 * @typedef {{place: number, total: number, current: boolean, chosen: boolean, sent: boolean,
 * labels: any[], count: number, snippet: any}} Shown
 */

/** What a row of these would show, as one text: two that are alike look alike. */
export function rowKey(email, shown) {
  const { place, total, current, chosen, labels, count, snippet } = shown
  const marks = [place, total, current, chosen, count, snippet?.subject, snippet?.preview]
  if (!email) return `… ${marks.join(' ')}`
  const names = labels.map(({ name, colour }) => `${name}/${colour}`)
  return [email.id, Object.keys(email.keywords).sort(), email.snoozedUntil, ...marks, names].join(
    ' ',
  )
}

/** @param {any} email or undefined while it is awaited @param {Shown} shown */
export function rowOf(email, shown) {
  const { place, total, current, chosen } = shown
  const row = el('div', { className: 'row', role: 'option', id: `row-${place}` })
  row.setAttribute('aria-selected', String(chosen))
  row.setAttribute('aria-setsize', String(total))
  row.setAttribute('aria-posinset', String(place + 1))
  row.classList.toggle('current', current)
  row.classList.toggle('chosen', chosen)
  if (!email) {
    row.classList.add('waiting')
    row.setAttribute('aria-label', '…')
    row.append(el('i', {}), el('i', {}), el('i', {}))
    return row
  }
  row.classList.toggle('unread', !email.keywords.$seen)
  row.draggable = true
  row.append(...content(email, shown))
  return row
}

function content(email, { sent, labels, count, snippet }) {
  const list = sent ? email.to : email.from
  const who = people(list) || t('nobody')
  const unread = !email.keywords.$seen
  const number = count > 1 ? el('small', {}, String(count)) : undefined
  const subject = snippet?.subject
    ? marked(snippet.subject)
    : [document.createTextNode(email.subject || t('noSubject'))]
  const preview = snippet?.preview ? marked(snippet.preview) : [email.preview]
  return [
    el('span', { className: 'sr' }, unread ? `${t('unread')}, ` : ''),
    face(list?.[0], who),
    el('b', { className: 'who', dir: 'auto' }, who),
    ...(number
      ? [el('span', { className: 'count', title: say('inTalk', { n: count }) }, number)]
      : []),
    el('time', { dateTime: email.receivedAt, title: longDate(email.receivedAt) }, dateOf(email)),
    el('span', { className: 'subject', dir: 'auto' }, ...labels.map(dotOf), ...subject),
    el('span', { className: 'preview', dir: 'auto' }, ...preview),
    el('span', { className: 'marks' }, ...marks(email)),
    el('span', { className: 'sr' }, spoken(email, labels)),
    hover(email),
  ]
}

function dateOf(email) {
  if (!email.snoozedUntil) return shortDate(email.receivedAt)
  return say('backAt', { when: shortDate(email.snoozedUntil) })
}

/** The first letter of who wrote, in a colour that is always theirs; a box to tick in its place. */
function face(address, who) {
  const letter = [...who.replace(/^["'(<\s]+/, '')][0]?.toUpperCase() ?? '?'
  return el(
    'span',
    {
      className: 'face pick',
      'aria-hidden': 'true',
      'data-hue': String(hueOf(address?.email ?? who)),
    },
    el('span', {}, letter),
    icon('check'),
  )
}

/** One of eight, the same for an address always. @param {string} text */
export function hueOf(text) {
  let sum = 0
  for (const sign of text.toLowerCase()) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 65_521
  return sum % 8
}

function dotOf({ name, colour }) {
  return el('i', { className: 'label', title: name, 'data-colour': colour }, name)
}

/** What a mouse may do without opening: keys and menus do the same for everybody. */
function hover(email) {
  const seen = Boolean(email.keywords.$seen)
  const acts = [
    ['archive', 'archive', t('archive')],
    ['remove', 'trash', t('remove')],
    ['snooze', 'clock', say('snooze')],
    [seen ? 'unread' : 'read', 'unread', seen ? t('markUnread') : say('read')],
  ]
  const spans = acts.map(([act = '', name = '', title]) =>
    el('span', { title, 'data-act': act }, icon(name)),
  )
  return el('span', { className: 'hover', 'aria-hidden': 'true' }, ...spans)
}

function marks({ keywords, hasAttachment }) {
  const found = [
    [keywords.$answered, 'reply'],
    [keywords.$forwarded, 'forward'],
    [keywords.$muted, 'mute'],
    [hasAttachment, 'clip'],
  ]
  const icons = found.filter(([on]) => on).map(([, name]) => icon(name))
  if (!keywords.$flagged) return icons
  const star = icon('star')
  star.classList.add('on')
  return [...icons, star]
}

function spoken({ keywords, hasAttachment }, labels) {
  const words = [
    ...(keywords.$flagged ? [t('starred')] : []),
    ...(keywords.$answered ? [say('answered')] : []),
    ...(keywords.$forwarded ? [say('forwarded')] : []),
    ...(hasAttachment ? [t('hasFiles')] : []),
    ...labels.map(({ name }) => name),
  ]
  return words.length > 0 ? `, ${words.join(', ')}` : ''
}

/** What RFC 8621 §5 gives as HTML of <mark> and three entities, as nodes. @param {string} html */
export function marked(html) {
  return html.split(/(<mark>[^<]*<\/mark>)/).map((part) => {
    const inside = /^<mark>([^<]*)<\/mark>$/.exec(part)?.[1]
    const text = (inside ?? part)
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
    return inside === undefined ? document.createTextNode(text) : el('mark', {}, text)
  })
}

/** @param {readonly {name: string | null, email: string}[] | null} list */
export function people(list) {
  return (list ?? []).map(({ name, email }) => name || email).join(', ')
}
