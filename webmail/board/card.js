// One message as an element: who, what, when, and its journey.
import { fill, make } from './text.js'
import { dateTime, duration, number, say, size } from './words.js'

/** @typedef {import('./words.js').Word} Word */
/** @typedef {{address: string, code: number, status: string, text: string, place: string}} Recipient */
/** @typedef {{step: 'socket'|'checked'|'filtered'|'sorted'|'relayed'|'code'|'mailbox', ms: number, ok: boolean, said: string}} Step */
/**
 * @typedef {{id: string, at: number, from: string, recipients: Recipient[], subject: string,
 * text: string, cut: boolean, size: number, accepted: boolean, code: number, status: string,
 * reply: string, steps: Step[], via: string, client: string, screenMs?: number}} Card
 */

const recipientsShown = 6

/**
 * @param {Card} card
 * @param {(id: string) => Promise<{text: string}>} whole fetches the whole text
 */
export function cardElement(card, whole) {
  const failures = failuresOf(card)
  const title = fill(make('h2', { 'data-subject': '', dir: 'auto' }), card.subject)
  if (title.textContent?.trim() === '') title.replaceChildren(say('noSubject'))
  const time = make('time', { 'data-time': '' }, dateTime(card.at))
  if (time.textContent !== '–') time.setAttribute('datetime', new Date(card.at).toISOString())
  const badge = make('span', { class: 'badge', 'aria-hidden': 'true' }, initial(card))
  const article = make(
    'article',
    {
      'data-card': card.id,
      'data-outcome': failures.length > 0 ? 'failed' : 'delivered',
      tabindex: '-1',
    },
    make('header', {}, badge, make('div', {}, title, routeLine(card)), time),
    ...failures,
    ...body(card, whole),
    journey(card),
    details(card),
  )
  return article
}

/** @param {Card} card */
function initial(card) {
  return /[\p{L}\p{N}]/u.exec(card.from)?.[0].toUpperCase() ?? '•'
}

/** "sender to recipient, recipient". @param {Card} card */
function routeLine({ from, recipients }) {
  const line = make('p', { class: 'route' })
  line.append(fill(make('bdi', { 'data-from': '' }), from || say('noSender')), ` ${say('to')} `)
  recipients.slice(0, recipientsShown).forEach((recipient, n) => {
    const state = isFailure(recipient) ? 'failed' : 'ok'
    const name = make('bdi', { 'data-to': '', 'data-state': state })
    line.append(n > 0 ? ', ' : '', fill(name, recipient.address))
  })
  const more = recipients.length - recipientsShown
  if (more > 0) line.append(', ', say('more', { n: number(more) }))
  return line
}

/** @param {Card} card @param {(id: string) => Promise<{text: string}>} whole */
function body({ id, text, cut }, whole) {
  if (text === '') return []
  const shown = fill(make('div', { 'data-text': '', dir: 'auto' }), text, true)
  if (!cut) return [shown]
  const button = make('button', { type: 'button', class: 'plain', 'data-full': '' }, say('showAll'))
  button.addEventListener('click', async () => {
    const full = await whole(id).catch(() => undefined)
    if (full === undefined) return
    fill(shown, full.text, true)
    button.remove()
  })
  return [shown, button]
}

/** @param {{code: number}} reply */
function isFailure({ code }) {
  return code === 0 || code >= 400
}

/**
 * All of it went where it should: here, or as another server reported.
 * @param {Card} card
 */
export function isDelivered({ accepted, recipients, steps }) {
  if (recipients.some(isFailure) || steps.some(({ ok }) => !ok)) return false
  return accepted || recipients.length > 0
}

/** What failed, each in a plain sentence and in the literal words. @param {Card} card */
function failuresOf(card) {
  const refused = card.recipients.filter(isFailure).slice(0, recipientsShown)
  const step = card.steps.find(({ ok }) => !ok)
  if (refused.length > 0) {
    const many = card.recipients.length > 1
    return refused.map((reply) => failure(reply, step, many ? reply.address : ''))
  }
  if (isDelivered(card)) return []
  return [failure({ code: card.code, status: card.status, text: card.reply }, step, '')]
}

/**
 * @param {{code: number, status: string, text: string}} reply
 * @param {Step | undefined} step
 * @param {string} address
 */
function failure({ code, status, text }, step, address) {
  const literal = code > 0 ? `${code} ${status}${status && ' '}${text}` : text || step?.said || ''
  const box = make('div', { class: 'failure', 'data-failure': '' })
  const sentence = make('p', {}, say(reason(code, status, literal)))
  if (address) sentence.prepend(fill(make('bdi'), address), ' – ')
  box.append(sentence, fill(make('code', { 'data-reply': '' }), literal))
  return box
}

/** @type {[RegExp, Word][]} */
const reasons = [
  [/^0 |Errno|ECONN|ETIMEDOUT|^\d+ 4\.4\.1/, 'fHop'],
  [/^\d+ .\.1\.[12] /, 'fUser'],
  [/^50[01] |^\d+ .\.1\.\d /, 'fAddress'],
  [/^5\d\d .\.7\.[08] |^53\d /, 'fLogin'],
  [/^5\d\d .\.7\./, 'fRelay'],
  [/^\d+ .\.2\.2 /, 'fFull'],
  [/^\d+ .\.3\.4 |^552 /, 'fSize'],
  [/^\d+ .\.6\./, 'fMessage'],
  [/^4/, 'fLater'],
]

/** @param {number} code @param {string} status @param {string} text @returns {Word} */
function reason(code, status, text) {
  const line = `${code} ${status} ${text}`
  return reasons.find(([pattern]) => pattern.test(line))?.[1] ?? 'fNo'
}

/** @param {Card} card */
function journey(card) {
  const list = make('ol', { class: 'journey', 'data-journey': '' })
  const first = card.recipients[0]?.place
  const place = first === 'sink' || first === 'board' ? first : 'mailbox'
  const came = card.accepted || isDelivered(card)
  let failed = false
  for (const name of /** @type {const} */ (['socket', 'checked', 'relayed', 'code', 'mailbox'])) {
    const steps = card.steps.filter(({ step }) => step === name)
    const step = steps.find(({ ok }) => !ok) ?? steps[0]
    if (name === 'relayed' && step === undefined) continue
    /** @type {boolean} */
    const bad = step ? !step.ok : name === 'code' && !came && !failed
    const code = (bad || step) && card.code > 0 ? ` ${card.code}` : ''
    const label = name === 'code' ? `SMTP${code}` : say(name === 'mailbox' ? place : name)
    failed ||= bad
    list.append(hop(name, label, bad ? 'failed' : step ? 'ok' : 'none', step?.ms))
  }
  const screen = say('screen')
  const { screenMs } = card
  list.append(came ? hop('screen', screen, 'ok', screenMs) : hop('screen', screen, 'none'))
  return list
}

/** @param {string} name @param {string} label @param {string} state @param {number} [ms] */
function hop(name, label, state, ms) {
  const took = ms === undefined ? '' : duration(ms)
  const words = { ok: 'reached', failed: 'failedAt', none: 'notReached' }
  const spoken = say(/** @type {Word} */ (words[/** @type {'ok'} */ (state)]), {
    step: label,
    ms: took,
  })
  const text = make('span', { 'aria-hidden': 'true' }, make('b', {}, label), make('i', {}, took))
  return make(
    'li',
    { 'data-step': name, 'data-state': state },
    make('span', { class: 'sr' }, spoken),
    text,
  )
}

/** What each hop said, made when it is asked for. @param {Card} card */
function details(card) {
  const box = make('details', { 'data-details': '' }, make('summary', {}, say('details')))
  box.addEventListener('toggle', () => {
    if (box.childElementCount > 1) return
    const list = make('dl')
    for (const { step, ms, said } of card.steps) {
      const name = step === 'code' ? 'SMTP' : say(/** @type {Word} */ (step))
      list.append(make('dt', {}, name), fill(make('dd'), `${duration(ms)}  ${said}`))
    }
    for (const { address, code, status, text } of card.recipients) {
      list.append(fill(make('dt'), address), fill(make('dd'), `${code} ${status} ${text}`))
    }
    const { via, client } = card
    const from = say('from', { via, client, size: size(card.size) })
    box.append(list, fill(make('p'), from))
  })
  return box
}
