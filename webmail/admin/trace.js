// "Where is my message?": one field, and the story of each message that it finds.
import { el } from '../mail/dom.js'
import { w } from './admin-words.js'
import { dot, searchField, size, when } from './pieces.js'

/** @type {import('./admin.js').Part} */
export async function trace(place, api, signal) {
  const list = el('ol', { className: 'stories' })
  const given = decodeURIComponent(location.hash.split('/')[1] ?? '')
  const look = async (text) => {
    const found = await api.get('DeliveryTrace', { filter: { of: text } })
    if (signal.aborted) return
    const none = el('li', { className: 'quiet' }, w('noTrace'))
    const stories = found.map((each) => storyOf(each, found.length === 1))
    list.replaceChildren(...(stories.length > 0 ? stories : [none]))
  }
  const search = searchField(w('traceSearch'), look, given)
  place.replaceChildren(el('div', { className: 'bar' }, search), list)
  search.focus()
  await look(given)
}

function storyOf(trace, open) {
  const state = stateOf(trace)
  const to = trace.recipients.map(({ address }) => address).join(', ')
  const head = [
    dot(state, w(state)),
    el('strong', {}, trace.subject || w('noSubject')),
    el('span', {}, `${trace.from || '<>'} → ${to}`),
    el('time', { dateTime: trace.at }, when(trace.at)),
  ]
  const facts = [
    [
      w('cameBy'),
      [trace.protocol, trace.client, trace.tls, trace.login].filter((each) => each).join(' · '),
    ],
    [w('answered'), trace.reply],
    ['Message-ID', trace.messageId],
    [w('size'), size(trace.size)],
    ['ID', trace.id],
  ].filter(([, value]) => value)
  const list = facts.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])
  const steps = trace.steps.map(({ step, ms, ok, said }) =>
    el(
      'li',
      { className: 'row' },
      dot(ok ? 'good' : 'bad', ok ? w('good') : w('bad')),
      `${ms} ms · ${step} · ${said}`,
    ),
  )
  const fates = trace.recipients.map(({ address, place, reply }) =>
    el('li', {}, `${address}: ${w(`place_${place || 'nowhere'}`) || place} · ${reply}`),
  )
  const tries = trace.attempts.map(({ at, destination, text, nextAt }) =>
    el(
      'li',
      {},
      `${when(at)} · ${destination} · ${text}${nextAt ? ` · ${w('next')} ${when(nextAt)}` : ''}`,
    ),
  )
  const story = el(
    'details',
    { open },
    el('summary', { className: 'story' }, ...head),
    el('dl', {}, ...list),
    el('h3', {}, w('steps')),
    el('ol', {}, ...steps),
    el('h3', {}, w('fates')),
    el('ul', {}, ...fates),
    ...(tries.length > 0 ? [el('h3', {}, w('tries')), el('ol', {}, ...tries)] : []),
  )
  return el('li', { className: 'card' }, story)
}

function stateOf({ isAccepted, recipients }) {
  if (!isAccepted) return 'bad'
  const places = recipients.map(({ place }) => place)
  if (places.some((place) => place === 'returned' || place === 'nowhere' || place === ''))
    return 'bad'
  return places.some((place) => place === 'queue' || place === 'quarantine') ? 'warning' : 'good'
}
