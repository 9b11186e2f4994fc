// How a message came and what it is made of, explained: the dialogue that brought it, as it was
// traced, the tree of its parts, its header and its source. Knows the server's answers.
import { el } from './dom.js'
import { word } from './reading-words.js'
import { sized } from './sizes.js'
import { longDate, t } from './words.js'

const sourceMaxBytes = 400_000

/** @param {any} jmap @param {any} email @param {'dialogue' | 'parts' | 'header' | 'source'} [first] */
export async function openLens(jmap, email, first = 'dialogue') {
  const [origins, whole] = await jmap.call([
    ['EmailOrigin/get', { ids: [email.id] }],
    ['Email/get', { ids: [email.id], properties: ['bodyStructure', 'headers', 'size'] }],
  ])
  const [found] = whole.list
  const pages = {
    dialogue: () => dialogue(origins.list[0]?.journey),
    parts: () => el('ul', { className: 'tree' }, part(found.bodyStructure)),
    header: () => header(found.headers),
    source: () => source(jmap, email),
  }
  const body = el('div', {
    className: 'lens',
    tabIndex: 0,
    role: 'tabpanel',
    'aria-label': t('message'),
  })
  const tabs = Object.keys(pages).map((name) =>
    el(
      'button',
      { type: 'button', role: 'tab', 'aria-selected': 'false', onclick: () => show(name) },
      word(/** @type {keyof typeof pages} */ (name)),
    ),
  )
  const show = (name) => {
    for (const [at, key] of Object.keys(pages).entries())
      tabs[at]?.setAttribute('aria-selected', String(key === name))
    body.replaceChildren(pages[name]())
    body.scrollTop = 0
  }
  const close = el('button', { type: 'button' }, t('close'))
  const bar = el('header', {}, el('div', { role: 'tablist' }, ...tabs), close)
  const dialog = el('dialog', { className: 'wide', 'aria-label': word('howItCame') }, bar, body)
  close.addEventListener('click', () => dialog.close())
  dialog.addEventListener('keydown', (event) => event.stopPropagation())
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  show(first)
}

/** What was said, as far as it was traced; each line with what it is for. */
function dialogue(journey) {
  if (!journey) return el('p', { className: 'quiet' }, word('noJourney'))
  const { address, hello, tls, login, from, recipients, reply, protocol, at, steps } = journey
  const line = (who, text, why) =>
    el('li', { 'data-who': who }, el('code', {}, text), el('small', {}, why))
  const lines = [
    line('c', `${address} → ${protocol}`, word('saidConnect', { date: longDate(at) })),
    ...(hello ? [line('c', `EHLO ${hello}`, word('saidHello'))] : []),
    ...(tls ? [line('c', `STARTTLS → ${tls}`, word('saidTls'))] : []),
    ...(login ? [line('c', `AUTH → ${login}`, word('saidAuth'))] : []),
    line('c', `MAIL FROM:<${from}>`, word(from ? 'saidFrom' : 'saidNull')),
    ...recipients.map((each) =>
      line('c', `RCPT TO:<${each.address}> → ${each.reply}`, word('saidTo')),
    ),
    line('c', 'DATA … .', word('saidData')),
    ...steps
      .filter(({ step }) => step !== 'code')
      .map(({ step, ms, said }) =>
        line('s', `${ms} ms  ${step}${said ? `: ${said}` : ''}`, word(stepWord(step))),
      ),
    line('s', reply, word('saidReply')),
  ]
  return el('ol', { className: 'said' }, ...lines)
}

const stepWords = /** @type {const} */ ({
  socket: 'stepSocket',
  checked: 'stepChecked',
  filtered: 'stepFiltered',
  sorted: 'stepSorted',
  relayed: 'stepRelayed',
  mailbox: 'stepMailbox',
})

function stepWord(step) {
  return stepWords[step] ?? 'stepSorted'
}

function part(node) {
  const about = [node.charset, node.disposition, node.name, node.cid ? `<${node.cid}>` : '']
  const size = node.subParts ? '' : sized(node.size)
  return el(
    'li',
    {},
    el('code', {}, node.type),
    ' ',
    el('small', {}, [...about, size].filter(Boolean).join(' · ')),
    el('small', { className: 'quiet' }, word(kindOf(node))),
    node.subParts ? el('ul', {}, ...node.subParts.map(part)) : undefined,
  )
}

/** @returns {'isAlternative' | 'isRelated' | 'isMixed' | 'isSigned' | 'isReport' | 'isPlain' | 'isHtml' | 'isInvite' | 'isLetter' | 'isPicture' | 'isFile'} */
function kindOf({ type, disposition }) {
  if (type === 'multipart/alternative') return 'isAlternative'
  if (type === 'multipart/related') return 'isRelated'
  if (type === 'multipart/signed') return 'isSigned'
  if (type === 'multipart/report') return 'isReport'
  if (type.startsWith('multipart/')) return 'isMixed'
  if (disposition === 'attachment') return 'isFile'
  if (type === 'text/plain') return 'isPlain'
  if (type === 'text/html') return 'isHtml'
  if (type === 'text/calendar') return 'isInvite'
  if (type === 'message/rfc822') return 'isLetter'
  return type.startsWith('image/') ? 'isPicture' : 'isFile'
}

function header(fields) {
  const rows = fields.map(({ name, value }) =>
    el('tr', {}, el('th', { scope: 'row' }, name), el('td', {}, value.trim())),
  )
  return el('table', {}, el('tbody', {}, ...rows))
}

function source(jmap, email) {
  const place = el('pre', {}, '…')
  void fetch(jmap.url(email.blobId, 'message.txt', 'text/plain'))
    .then((answer) => answer.text())
    .then((text) => {
      const cut = text.length > sourceMaxBytes
      place.textContent = text.slice(0, sourceMaxBytes) + (cut ? `\n\n${t('cut')}` : '')
    })
  return place
}
