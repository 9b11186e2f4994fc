// The page: joins the feed, the connection and the controls.
import { isDelivered } from './card.js'
import { Feed } from './feed.js'
import { Live } from './live.js'
import { make } from './text.js'
import { news, say } from './words.js'

/** @typedef {import('./words.js').Word} Word */
/** @typedef {import('./card.js').Card} Card */

const root = document.documentElement
/** @param {string} hook @returns {any} */
const at = (hook) => document.querySelector(`[data-${hook}]`)

/** @param {string} path */
async function get(path) {
  const answer = await fetch(path)
  if (!answer.ok) throw new Error(String(answer.status))
  return answer.json()
}

// What the reader chose, kept for the next visit.
/** @param {string} name @param {string} value */
function keep(name, value) {
  root.dataset[name] = value
  const { theme, lang, big, density } = root.dataset
  try {
    localStorage.setItem('amplop.look', JSON.stringify({ theme, lang, big, density }))
  } catch {
    // Chosen for this visit only.
  }
}

const feed = new Feed(at('feed'), (id) => get(`/board/messages/${id}`), changed)
let paused = false
let unseen = 0
let state = 'connecting'
let seconds = 0
let loaded = false

const wide = matchMedia('(min-width: 68rem)')
let asked = 0
function changed() {
  if (asked === 0) asked = requestAnimationFrame(arrange)
}

function arrange() {
  asked = 0
  const empty = loaded && feed.size === 0
  const shut = state === 'closed' && feed.size === 0
  const hidden = !loaded || feed.size === 0 || feed.visible
  at('empty').hidden = !empty || shut
  at('shut').hidden = !shut
  at('none').hidden = hidden
  at('side').hidden = feed.size === 0
  at('older').hidden = !feed.more
  at('jump').hidden = feed.fresh === 0
  if (feed.fresh > 0) at('jump').textContent = `${news(feed.fresh)} – ${say('jump')}`
  const home = empty ? at('empty') : at('side')
  if (!loaded || home.contains(at('how'))) return
  home.append(at('how'))
  at('how').open = empty || wide.matches
}

// Those who do not see the page hear of what came, not more often than they can listen.
let unheard = 0
let lastSubject = ''
setInterval(() => {
  if (unheard > 0) at('heard').textContent = `${news(unheard)}: ${lastSubject}`
  unheard = 0
}, 3000)

/** @param {Card} card */
function noticed(card) {
  unheard++
  lastSubject = card.subject || say('noSubject')
  if (!document.hidden) return
  unseen++
  retitle()
}

const name = document.title
let domain = ''
function retitle() {
  document.title = `${unseen > 0 ? `(${unseen}) ` : ''}${name}${domain && ` – ${domain}`}`
}
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) unseen = 0
  retitle()
})

function showState() {
  changed()
  at('chip').dataset.chip = state
  at('chip').lastElementChild.textContent = say(/** @type {Word} */ (state), { n: String(seconds) })
}

async function load() {
  const { cards, more } = await get('/board/messages?limit=50')
  loaded = true
  feed.reset(cards, more)
  return cards[0]?.id ?? ''
}

const live = new Live({
  load,
  card(card, now) {
    const began = Math.max(0, ...card.steps.map(({ ms }) => ms))
    noticed(card)
    feed.arrive(card, began + Math.max(0, now - card.at))
  },
  state(now, left) {
    state = now
    seconds = left
    showState()
  },
})

// Following and looking back.
const scrolledAway = () => scrollY > 160
function holdOrNot() {
  feed.hold(paused || scrolledAway())
}
addEventListener('scroll', holdOrNot, { passive: true })

async function jump() {
  setPaused(false)
  scrollTo(0, 0)
  if (feed.stale) await live.reload()
  feed.hold(false)
}
at('jump').addEventListener('click', jump)

/** @param {boolean} now */
function setPaused(now) {
  paused = now
  at('pause').setAttribute('aria-pressed', String(paused))
  at('pause').lastElementChild.textContent = say(paused ? 'follow' : 'pause')
  holdOrNot()
}
at('pause').addEventListener('click', () => (paused ? jump() : setPaused(true)))

let loading = false
async function older() {
  if (loading || !feed.more) return
  loading = true
  try {
    const { cards, more } = await get(`/board/messages?limit=50&before=${feed.oldest}`)
    feed.append(cards, more)
  } catch {
    // The button stays, to be pressed again.
  }
  loading = false
}
at('older').addEventListener('click', older)
new IntersectionObserver(([entry]) => entry?.isIntersecting && scrollY > 0 && older(), {
  rootMargin: '400px',
}).observe(at('older'))

// Filters.
let show = 'all'
function filter() {
  const wanted = at('filter').value.trim().toLocaleLowerCase()
  at('feed').dataset.feed = show
  feed.filter((card) => {
    if (show !== 'all' && isDelivered(card) !== (show === 'delivered')) return false
    const { subject, from, text, recipients } = card
    const all = [subject, from, text, ...recipients.map(({ address }) => address)]
    return wanted === '' || all.join('\n').toLocaleLowerCase().includes(wanted)
  })
}
at('filter').addEventListener('input', filter)
choice('show', show, (value) => {
  show = value
  filter()
})

/**
 * A row of buttons, of which one is pressed.
 * @param {string} hook @param {string} first @param {(value: string) => void} chosen
 */
function choice(hook, first, chosen) {
  const buttons = [...at(hook).querySelectorAll('button')]
  const press = (/** @type {string} */ value) => {
    for (const button of buttons)
      button.setAttribute('aria-pressed', String(button.value === value))
  }
  for (const button of buttons) {
    button.addEventListener('click', () => {
      press(button.value)
      chosen(button.value)
    })
  }
  press(first)
}

// Language, theme, size.
function translate() {
  for (const element of document.querySelectorAll('[data-t]')) {
    element.textContent = say(/** @type {Word} */ (element.getAttribute('data-t')))
  }
  for (const element of document.querySelectorAll('[data-t-label]')) {
    const word = say(/** @type {Word} */ (element.getAttribute('data-t-label')))
    element.setAttribute('aria-label', word)
    element.setAttribute(element.matches('input') ? 'placeholder' : 'title', word)
  }
  showState()
  setPaused(paused)
}
choice('langs', root.lang, (lang) => {
  keep('lang', lang)
  root.lang = lang
  translate()
  feed.redraw()
})

const dark = matchMedia('(prefers-color-scheme: dark)')
function pressTheme() {
  const now = root.dataset.theme ?? (dark.matches ? 'dark' : 'light')
  at('dark').setAttribute('aria-pressed', String(now === 'dark'))
  return now
}
dark.addEventListener('change', pressTheme)
at('dark').addEventListener('click', () => {
  keep('theme', pressTheme() === 'dark' ? 'light' : 'dark')
  pressTheme()
})
at('projector').addEventListener('click', () => {
  keep('big', root.dataset.big === 'on' ? 'off' : 'on')
  at('projector').setAttribute('aria-pressed', String(root.dataset.big === 'on'))
})

// Keys: "/" filters, "p" pauses, "j" and "k" walk.
addEventListener('keydown', (event) => {
  const typing = event.target instanceof Element && event.target.closest('input')
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === '/') {
    event.preventDefault()
    at('filter').focus()
  } else if (event.key === 'p') at('pause').click()
  else if (event.key === 'j' || event.key === 'k') {
    const cards = [...document.querySelectorAll('[data-card]:not([hidden])')]
    const now = cards.indexOf(document.activeElement?.closest('[data-card]') ?? root)
    const next = cards[Math.max(0, now + (event.key === 'j' ? 1 : -1))]
    if (next instanceof HTMLElement) next.focus()
  }
})

/** How to send, with this server's own ports and names. */
async function tell() {
  const { ports, address, command, ...about } = await get('/board/status')
  domain = about.domain
  retitle()
  at('domain').textContent = domain
  const host = location.hostname.replace(/^\[|\]$/g, '')
  const url = host.includes(':') ? `[${host}]` : host
  const from = `me@${domain}`
  const mail = { sender: from, recipient: address, subject: 'Hello', body: 'It works' }
  // On one line with spaces to break at; and no newline after it, which would ask for more.
  const json = JSON.stringify(mail, null, 1).replace(/\n */g, ' ')
  /** @type {[Word, unknown, string][]} */
  const ways = [
    ['byGateway', ports.gateway, `printf %s '${json}' | nc ${host} ${ports.gateway}`],
    [
      'bySmtp',
      ports.smtp,
      `printf 'Subject: Hello\\r\\n\\r\\nIt works\\r\\n' | curl smtp://${url}:${ports.smtp} --mail-from ${from} --mail-rcpt ${address} -T -`,
    ],
    ['byAmplop', ports.gateway, `${command} send --host ${host} --port ${ports.gateway}`],
  ]
  at('ways').replaceChildren(...ways.filter(([, port]) => port).map(way))
  translate()
}

/** @param {[Word, unknown, string]} way */
function way([word, , line]) {
  const button = make('button', {
    type: 'button',
    class: 'plain',
    'data-copy': '',
    'data-t': 'copy',
  })
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(line).catch(() => getSelection()?.selectAllChildren(code))
    button.textContent = say('copied')
    setTimeout(() => (button.textContent = say('copy')), 1500)
  })
  const code = make('code', { 'data-line': '' }, line)
  return make('li', {}, make('div', {}, make('span', { 'data-t': word }), button), code)
}

at('how').open = wide.matches
translate()
pressTheme()
at('projector').setAttribute('aria-pressed', String(root.dataset.big === 'on'))
tell().catch(() => {})
live.connect()
