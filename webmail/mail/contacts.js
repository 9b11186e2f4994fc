// The address book: who is in it, and whom one wrote to without having them there.
import { ask, askSure } from './dialog.js'
import { action, el, toast } from './dom.js'
import { emailsOf, nameOf } from './people.js'
import { hueOf } from './row.js'
import { button, line } from './settings-form.js'
import { say } from './settings-words.js'
import { t } from './words.js'

const recentMax = 100

/** @param {HTMLElement} place @param {any} ports */
export function draw(place, ports) {
  const find = el('input', {
    type: 'search',
    placeholder: say('findPerson'),
    'aria-label': say('findPerson'),
  })
  const known = el('ul', { className: 'cards' })
  const recent = el('ul', { className: 'cards' })
  const page = { ports, known, recent, find, cards: [], met: [] }
  const add = action('plus', say('newContact'), () => void edit(page, {}), true)
  add.classList.add('primary')
  find.addEventListener('input', () => show(page))
  place.append(
    el('header', { className: 'pagehead' }, ports.back, el('h1', {}, t('contacts')), add),
    el(
      'div',
      { className: 'contacts' },
      find,
      el('section', { 'aria-label': t('contacts') }, known),
      el('section', { className: 'recents' }, el('h2', {}, say('recents')), recent),
    ),
  )
  void load(page)
}

async function load(page) {
  const { jmap, boxes, failed } = page.ports
  const sent = boxes().find(({ role }) => role === 'sent')?.id ?? ''
  const ids = { resultOf: '1', name: 'Email/query', path: '/ids' }
  const sort = [{ property: 'receivedAt', isAscending: false }]
  try {
    const [cards, , emails] = await jmap.call([
      ['ContactCard/get', { ids: null }],
      ['Email/query', { filter: { inMailbox: sent }, sort, limit: recentMax }],
      ['Email/get', { '#ids': ids, properties: ['to', 'cc'] }],
    ])
    page.cards = cards.list.sort((a, b) => nameOf(a).localeCompare(nameOf(b)))
    const met = new Map()
    for (const { to, cc } of emails.list)
      for (const address of [...(to ?? []), ...(cc ?? [])])
        met.set(address.email.toLowerCase(), address)
    for (const card of page.cards)
      for (const email of emailsOf(card)) met.delete(email.toLowerCase())
    page.met = [...met.values()]
    show(page)
  } catch (error) {
    failed(error)
  }
}

function show(page) {
  const low = page.find.value.trim().toLowerCase()
  const fits = (text) => text.toLowerCase().includes(low)
  const cards = page.cards.filter((card) => fits([nameOf(card), ...emailsOf(card)].join(' ')))
  const met = page.met.filter(({ name, email }) => fits(`${name ?? ''} ${email}`))
  const none = el('li', { className: 'state' }, low ? say('noPerson') : say('noContacts'))
  page.known.replaceChildren(...(cards.length > 0 ? cards.map((card) => row(page, card)) : [none]))
  page.recent.replaceChildren(...met.map((address) => metRow(page, address)))
  page.recent.parentElement.hidden = met.length === 0
}

function row(page, card) {
  const name = nameOf(card) || emailsOf(card)[0] || '?'
  const [email = ''] = emailsOf(card)
  const write = action('pen', `${t('compose')}: ${name}`, () =>
    page.ports.write({ to: `${name} <${email}>` }),
  )
  write.disabled = email === ''
  const change = action('dots', `${say('change')}: ${name}`, () => void edit(page, card))
  const more = [...emailsOf(card), ...Object.values(card.phones ?? {}).map(({ number }) => number)]
  return line(
    [
      face(name, email),
      el('div', {}, el('b', { dir: 'auto' }, name), el('small', { dir: 'auto' }, more.join(', '))),
    ],
    [write, change],
  )
}

function metRow(page, { name, email }) {
  const shown = name || email
  return line(
    [face(shown, email), el('div', {}, el('b', { dir: 'auto' }, shown), el('small', {}, email))],
    [
      button(say('addContact'), () =>
        edit(page, { name: { full: name ?? '' }, emails: { e0: { address: email } } }),
      ),
    ],
  )
}

function face(name, email) {
  const letter = [...name.replace(/^["'(<\s]+/, '')][0]?.toUpperCase() ?? '?'
  return el(
    'span',
    { className: 'face', 'aria-hidden': 'true', 'data-hue': String(hueOf(email || name)) },
    letter,
  )
}

/** Asks for what a card says, and keeps it; what the form does not show stays as it was. */
async function edit(page, card) {
  const field = (label, value, more = {}) => {
    const input = el('input', { value, autocomplete: 'off', ...more })
    return { input, label: el('label', {}, el('span', {}, label), input) }
  }
  const name = field(t('name'), nameOf(card), { required: true, autofocus: true })
  const emails = el('textarea', { rows: 3, value: emailsOf(card).join('\n') })
  const phones = el('textarea', { rows: 2, value: valuesOf(card.phones, 'number').join('\n') })
  const company = field(say('company'), valuesOf(card.organizations, 'name')[0] ?? '')
  const about = el('textarea', { rows: 3, value: valuesOf(card.notes, 'note').join('\n') })
  const area = (label, control) => el('label', {}, el('span', {}, label), control)
  const fields = [
    name.label,
    area(say('emails'), emails),
    area(say('phones'), phones),
    company.label,
    area(say('note'), about),
  ]
  const remove = card.id ? [removeButton(page, card)] : []
  if (!(await ask(card.id ? nameOf(card) : say('newContact'), [...fields, ...remove], say('keep'))))
    return
  const lines = (text) =>
    text
      .split('\n')
      .map((each) => each.trim())
      .filter(Boolean)
  const value = {
    name: { ...card.name, components: undefined, full: name.input.value.trim() },
    emails: mapOf('e', 'address', lines(emails.value)),
    phones: mapOf('p', 'number', lines(phones.value)),
    organizations: mapOf('o', 'name', lines(company.input.value)),
    notes: mapOf('n', 'note', about.value.trim() === '' ? [] : [about.value.trim()]),
  }
  const args = card.id ? { update: { [card.id]: value } } : { create: { c: value } }
  await set(page, args)
}

function removeButton(page, card) {
  return button(say('removeContact'), async () => {
    document.querySelector('dialog.ask')?.remove()
    const question = say('sureRemove', { what: nameOf(card) })
    if (await askSure(question, t('remove'))) await set(page, { destroy: [card.id] })
  })
}

async function set(page, args) {
  try {
    await page.ports.jmap.set('ContactCard/set', args)
    toast(t('saved'))
    await load(page)
  } catch (error) {
    page.ports.failed(error)
  }
}

function valuesOf(map, property) {
  return Object.values(map ?? {}).map((each) => each[property] ?? '')
}

/** JSContact keeps lists as maps of ids, RFC 9553 §1.4. */
function mapOf(prefix, property, values) {
  if (values.length === 0) return null
  return Object.fromEntries(values.map((value, at) => [`${prefix}${at}`, { [property]: value }]))
}
