// What waits to be sent at a time that was chosen: when, to whom, and taking it back.
import { el, toast } from './dom.js'
import { button, line } from './settings-form.js'
import { say } from './settings-words.js'
import { longDate, t } from './words.js'

/** Shorter holds are moments to undo, and nobody's plan. */
export const plannedMs = 90_000

/** Those that wait, the soonest first. @param {any} jmap */
export async function waiting(jmap) {
  const ids = { resultOf: '0', name: 'EmailSubmission/query', path: '/ids' }
  const [, found] = await jmap.call([
    ['EmailSubmission/query', { filter: { undoStatus: 'pending' } }],
    ['EmailSubmission/get', { '#ids': ids, properties: ['emailId', 'sendAt', 'envelope'] }],
  ])
  const soon = Date.now() + plannedMs
  return found.list
    .filter(({ sendAt }) => Date.parse(sendAt) > soon)
    .sort((a, b) => a.sendAt.localeCompare(b.sendAt))
}

/** @param {HTMLElement} place @param {any} ports */
export function draw(place, ports) {
  const list = el('ul', { className: 'cards' })
  place.append(
    el('header', { className: 'pagehead' }, ports.back, el('h1', {}, say('scheduled'))),
    el('div', { className: 'contacts' }, list),
  )
  void fill(list, ports)
}

async function fill(list, ports) {
  const { jmap, failed } = ports
  try {
    const found = await waiting(jmap)
    const properties = ['subject', 'to']
    const ids = found.map(({ emailId }) => emailId)
    const [emails] = await jmap.call([['Email/get', { ids, properties }]])
    const byId = new Map(emails.list.map((email) => [email.id, email]))
    const rows = found.map((submission) =>
      row(submission, byId.get(submission.emailId), [list, ports]),
    )
    const none = el('li', { className: 'state' }, say('nothingScheduled'))
    list.replaceChildren(...(rows.length > 0 ? rows : [none]))
  } catch (error) {
    failed(error)
  }
}

function row({ id, emailId, sendAt, envelope }, email, [list, ports]) {
  const to = envelope.rcptTo.map((each) => each.email).join(', ')
  const stop = button(say('takeBack'), async () => {
    try {
      await takeBack(ports, id, emailId)
      toast(t('heldBack'))
    } catch (error) {
      ports.failed(error)
    }
    ports.changed()
    await fill(list, ports)
  })
  const words = [
    el('div', {}, el('b', { dir: 'auto' }, email?.subject || t('noSubject')), el('small', {}, to)),
  ]
  return line(words, [el('time', { dateTime: sendAt }, longDate(sendAt)), stop])
}

async function takeBack({ jmap, boxes }, id, emailId) {
  await jmap.set('EmailSubmission/set', { update: { [id]: { undoStatus: 'canceled' } } })
  const idOf = (role) => boxes().find((box) => box.role === role)?.id ?? ''
  const back = {
    [`mailboxIds/${idOf('drafts')}`]: true,
    [`mailboxIds/${idOf('sent')}`]: null,
    'keywords/$draft': true,
  }
  await jmap.set('Email/set', { update: { [emailId]: back } })
}
