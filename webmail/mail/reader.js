// A conversation as it is read: its messages in order, with what was sent from any mailbox.
import { action, el, icon } from './dom.js'
import { people } from './list.js'
import { note, paper, plainText } from './paper.js'
import { sized } from './sizes.js'
import { longDate, t } from './words.js'

const wanted = [
  ...['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'from', 'to', 'cc', 'bcc', 'replyTo'],
  ...['subject', 'receivedAt', 'messageId', 'references', 'textBody', 'htmlBody', 'attachments'],
  ...['bodyValues', 'preview', 'hasAttachment', 'inReplyTo', 'size'],
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

/** The text of an email, as it is quoted. */
export function textOf(email) {
  const parts = email.textBody.filter(({ type }) => type === 'text/plain')
  if (parts.length > 0)
    return parts.map(({ partId }) => email.bodyValues[partId]?.value ?? '').join('\n')
  return email.preview
}

/**
 * @param {{jmap: any, preferences: any, act: Record<string, (email: any) => void>, write: (draft: any) => void, fates: (emails: any[]) => Promise<Map<string, any[]>>}} ports
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
  const to = people([...(email.to ?? []), ...(email.cc ?? [])])
  const from = email.from?.[0]?.email ?? ''
  const head = el(
    'div',
    { className: 'head' },
    el('p', { className: 'quiet', dir: 'auto' }, `${from} → ${to}`),
  )
  const html = email.htmlBody.some(({ type }) => type === 'text/html')
  const body = html ? paper(ports, email) : plain(email)
  return [head, ...body, ...files(ports, email), foot(ports, email)]
}

function plain(email) {
  const cut = email.textBody.some(({ partId }) => email.bodyValues[partId]?.isTruncated)
  return [plainText(textOf(email)), ...(cut ? [note(t('cut'))] : [])]
}

function files(ports, email) {
  if (email.attachments.length === 0) return []
  const links = email.attachments.map(({ blobId, name, type, size }) => {
    const file = name || type
    const href = ports.jmap.url(blobId, file, type)
    return el(
      'li',
      {},
      el('a', { href, download: file }, icon('clip'), ` ${file} `, el('small', {}, sized(size))),
    )
  })
  return [el('ul', { className: 'files', 'aria-label': t('files') }, ...links)]
}

function foot(ports, email) {
  const { act } = ports
  return el(
    'div',
    { className: 'foot' },
    action('reply', t('reply'), () => act.reply(email), true),
    action('all', t('replyAll'), () => act.replyAll(email), true),
    action('forward', t('forward'), () => act.forward(email), true),
  )
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
