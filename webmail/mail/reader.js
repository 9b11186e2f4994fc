// A conversation as it is read: its messages in order, with what was sent from any mailbox.
import { attachedOf, listAddress } from './answers.js'
import { attached } from './attached.js'
import { action, el } from './dom.js'
import { invite } from './invite.js'
import { leaving } from './leaving.js'
import { openLens } from './lens.js'
import { textOf } from './letter-text.js'
import { people } from './list.js'
import { openMenu } from './menu.js'
import { note, paper, plainText } from './paper.js'
import { word } from './reading-words.js'
import { junkNote, trustLine } from './trust-line.js'
import { longDate, t } from './words.js'

const wanted = [
  ...['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'from', 'to', 'cc', 'bcc', 'replyTo'],
  ...['subject', 'receivedAt', 'messageId', 'references', 'textBody', 'htmlBody', 'attachments'],
  ...['bodyValues', 'preview', 'hasAttachment', 'inReplyTo', 'size'],
  ...['header:List-Unsubscribe:asURLs', 'header:List-Unsubscribe-Post:asText'],
  ...['header:List-Post:asURLs', 'header:Delivered-To:asAddresses:all'],
]
const valueMaxBytes = 1_000_000

/** All messages of a conversation, oldest first. */
export async function conversation(jmap, threadId) {
  const ids = { resultOf: '0', name: 'Thread/get', path: '/list/*/emailIds' }
  // HTML comes by itself, cleaned.
  const fetching = { fetchTextBodyValues: true }
  const [, emails] = await jmap.call([
    ['Thread/get', { ids: [threadId] }],
    [
      'Email/get',
      { '#ids': ids, properties: wanted, ...fetching, maxBodyValueBytes: valueMaxBytes },
    ],
  ])
  return emails.list.sort((a, b) => a.receivedAt.localeCompare(b.receivedAt))
}

/**
 * @param {{jmap: any, preferences: any, people: any, isSent: (email: any) => boolean, isJunk: (email: any) => boolean, act: Record<string, (email: any) => void>, write: (draft: any) => void, fates: (emails: any[]) => Promise<Map<string, any[]>>}} ports
 */
export function reader(ports, emails, openId) {
  const last = emails.at(-1)
  const heading = el('h1', { dir: 'auto', tabIndex: -1 }, emails[0]?.subject || t('noSubject'))
  const cards = emails.map((email) => {
    const open = email === last || email.id === openId || !email.keywords.$seen
    return card(ports, email, open)
  })
  const sent = emails.filter(({ id }) => id)
  void ports.fates(sent).then((fates) => {
    emails.forEach((email, at) => {
      const found = fates.get(email.id)
      if (found) cards[at]?.querySelector('.head')?.append(fateChips(found))
    })
  })
  return el('article', { className: 'talk' }, heading, ...cards)
}

function card(ports, email, open) {
  const sender = people(email.from) || t('nobody')
  const brief = el('span', { className: 'brief', dir: 'auto' }, email.preview)
  const summary = el(
    'summary',
    {},
    el('span', { className: 'face', 'aria-hidden': 'true' }, initial(sender)),
    el('b', { dir: 'auto' }, sender),
    brief,
    el('time', { dateTime: email.receivedAt }, longDate(email.receivedAt)),
  )
  const place = el('div', { className: 'body' })
  const made = el('details', { className: 'card', open }, summary, place)
  const fill = () => {
    if (made.open && !place.firstChild) place.append(...content(ports, email))
  }
  made.addEventListener('toggle', fill)
  fill()
  return made
}

function content(ports, email) {
  const { jmap } = ports
  const to = people([...(email.to ?? []), ...(email.cc ?? [])])
  const from = email.from?.[0]?.email ?? ''
  const incoming = !email.keywords.$draft && !ports.isSent(email)
  const head = el(
    'div',
    { className: 'head' },
    el('p', { className: 'quiet', dir: 'auto' }, `${from} → ${to}`),
    incoming ? trustLine(ports, email) : undefined,
    incoming && !ports.isJunk(email) ? leaving(ports, email) : undefined,
  )
  const html = email.htmlBody.some(({ type }) => type === 'text/html')
  const files = el('div', {})
  const drawFiles = (inText) => files.replaceChildren(...attached(jmap, email, inText))
  drawFiles(() => html)
  const body = html
    ? paper(ports, email, (parts) => drawFiles((cid) => parts.has(cid)))
    : plain(email)
  return [
    head,
    ...(incoming && ports.isJunk(email) ? [junkNote(jmap, email)] : []),
    ...invite(jmap, email),
    ...body,
    files,
    foot(ports, email),
  ]
}

function plain(email) {
  const cut = email.textBody.some(({ partId }) => email.bodyValues[partId]?.isTruncated)
  return [plainText(textOf(email)), ...(cut ? [note(t('cut'))] : [])]
}

function foot(ports, email) {
  const { act } = ports
  const more = action('dots', word('more'), () => openMenu(more, menu(ports, email), word('more')))
  return el(
    'div',
    { className: 'foot' },
    action('reply', t('reply'), () => act.reply(email), true),
    action('all', t('replyAll'), () => act.replyAll(email), true),
    action('forward', t('forward'), () => act.forward(email), true),
    more,
  )
}

function menu({ jmap, act, write }, email) {
  const file = `${(email.subject || t('message')).replace(/[/\\:*?"<>|]/g, ' ').slice(0, 80)}.eml`
  const save = () => {
    const href = jmap.url(email.blobId, file, 'message/rfc822')
    el('a', { href, download: file }).click()
  }
  const list = listAddress(email)
  return [
    ...(list
      ? [{ label: word('replyList'), icon: 'people', act: () => act.replyList(email) }]
      : []),
    { label: word('forwardWhole'), icon: 'clip', act: () => write(attachedOf([email])) },
    undefined,
    { label: word('howItCame'), icon: 'find', act: () => openLens(jmap, email, 'dialogue') },
    { label: word('header'), icon: 'list', act: () => openLens(jmap, email, 'header') },
    { label: word('source'), icon: 'lines', act: () => openLens(jmap, email, 'source') },
    undefined,
    { label: word('print'), icon: 'print', act: () => globalThis.print() },
    { label: word('saveMessage'), icon: 'down', act: save },
  ]
}

/** What became of a mail, recipient by recipient: in a word, and in the server's own. */
function fateChips(fates) {
  const chips = fates.map(({ email, delivered, smtpReply }) => {
    const refused = delivered === 'no'
    const word = refused ? t('refused') : delivered === 'yes' ? t('delivered') : t('queued')
    return el(
      'span',
      { className: refused ? 'chip bad' : 'chip', title: smtpReply },
      `${email}: ${word}`,
    )
  })
  return el('p', { className: 'fates' }, ...chips)
}

function initial(name) {
  return [...name.replace(/^["'(<\s]+/, '')][0]?.toUpperCase() ?? '?'
}
