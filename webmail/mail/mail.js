// The mail page: who is here, what is open, what a key or a button does. Draws with the others.
import { Actions } from './actions.js'
import { draftOf } from './answers.js'
import { Composer, local } from './compose.js'
import { askText } from './dialog.js'
import { action, el, kept, look, toast } from './dom.js'
import { Jmap, NeedsLogin } from './jmap.js'
import { keysOf } from './keys.js'
import { List } from './list.js'
import { login } from './login.js'
import { conversation, reader } from './reader.js'
import { filterOf } from './search.js'
import { mailboxName, t } from './words.js'

const order = ['inbox', 'drafts', 'sent', 'archive', 'junk', 'trash']
const icons = {
  inbox: 'inbox',
  drafts: 'pen',
  sent: 'sent',
  archive: 'archive',
  junk: 'junk',
  trash: 'trash',
}
const searchAfterMs = 150

class Mail {
  #jmap = new Jmap()
  /** @type {any[]} */
  #boxes = []
  #box = ''
  #query = ''
  /** @type {any[]} */
  #open = []
  #turn = 0
  #people = new Map()
  #place = /** @type {HTMLElement} */ (document.getElementById('app'))
  #dock = /** @type {HTMLElement} */ (document.getElementById('dock'))
  #nav = el('ul', {})
  #chip = el('span', { className: 'chip', role: 'status' })
  #known = el('datalist', { id: 'people' })
  #reading = el('section', { className: 'reading', 'aria-label': t('message') })
  #search = el('input', { type: 'search', placeholder: t('search'), 'aria-label': t('search') })
  #list = new List({
    jmap: this.#jmap,
    open: (email) => void this.#read(email),
    found: (emails) => this.#meet(emails),
    emptyWord: () => (this.#query ? t('noneFound') : `${t('empty')} ${t('emptyHint')}`),
    failed: (error) => this.#failed(error),
  })
  #actions = new Actions({
    jmap: this.#jmap,
    box: (role) => this.#role(role),
    here: () => this.#box,
    searching: () => this.#query !== '',
    open: () => this.#open,
    list: this.#list,
    write: (draft) => this.#write(draft),
    refresh: () => void this.#refresh(),
    leave: () => this.#leave(),
    failed: (error) => this.#failed(error),
  })

  async start() {
    try {
      await this.#jmap.open()
    } catch (error) {
      if (!(error instanceof NeedsLogin)) return this.#failed(error)
      await login(this.#place, languageChoice())
      return this.start()
    }
    await this.#loadBoxes()
    this.#box = this.#role('inbox')
    this.#frame()
    await this.#show(this.#box)
    this.#jmap.watch(
      () => void this.#refresh(),
      (live) => {
        this.#connected(live)
        // What came while nobody listened.
        if (live) void this.#refresh()
      },
    )
    document.addEventListener('keydown', keysOf(this.#actions, this.#list, this.#search))
    for (const [key, draft] of Object.entries(local.all())) this.#write(draft, key)
  }

  #frame() {
    const { username } = this.#jmap.session
    const write = action('pen', t('compose'), () => this.#write({}), true)
    write.classList.add('primary')
    const bars = action('menu', t('mailboxes'), () => this.#view('boxes'))
    bars.classList.add('menu')
    const side = el(
      'nav',
      { className: 'side', 'aria-label': t('mailboxes') },
      write,
      this.#nav,
      action('plus', t('newFolder'), () => void this.#newBox(), true),
      el(
        'div',
        { className: 'end' },
        this.#chip,
        el('p', { className: 'quiet' }, username),
        settings(),
        el('a', { href: '/' }, t('board')),
        action('out', t('logout'), () => void this.#logout(), true),
      ),
    )
    this.#search.addEventListener('input', () => this.#searched())
    const middle = el(
      'main',
      { className: 'middle' },
      el('div', { className: 'top' }, bars, this.#search),
      this.#list.element,
    )
    this.#place.replaceChildren(
      el('div', { className: 'shell' }, side, middle, this.#reading),
      this.#known,
    )
    this.#leave()
    this.#connected(true)
  }

  /** On a phone one pane is seen at a time. */
  #view(name) {
    document.body.dataset.view = name
  }

  async #loadBoxes() {
    const [answer] = await this.#jmap.call([['Mailbox/get', { ids: null }]])
    const place = ({ role }) => (order.includes(role) ? order.indexOf(role) : order.length)
    this.#boxes = answer.list.sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name))
    const unread = this.#boxes.find(({ role }) => role === 'inbox')?.unreadThreads ?? 0
    document.title = unread > 0 ? `(${unread}) Amplop` : 'Amplop'
    this.#nav.replaceChildren(...this.#boxes.map((box) => this.#entry(box)))
    this.#actions.boxes = this.#boxes
  }

  #entry(box) {
    const count = box.role === 'drafts' ? box.totalEmails : box.unreadThreads
    const button = action(
      icons[box.role] ?? 'folder',
      mailboxName(box),
      () => void this.#show(box.id),
      true,
    )
    if (count > 0) button.append(el('small', {}, String(count)))
    if (box.id === this.#box) button.setAttribute('aria-current', 'page')
    return el('li', {}, button)
  }

  #role(role) {
    return this.#boxes.find((box) => box.role === role)?.id ?? ''
  }

  async #show(id) {
    this.#box = id
    this.#query = ''
    this.#search.value = ''
    this.#leave()
    this.#nav.replaceChildren(...this.#boxes.map((box) => this.#entry(box)))
    await this.#list.show(
      { inMailbox: id },
      [this.#role('sent'), this.#role('drafts')].includes(id),
    )
  }

  #searched() {
    clearTimeout(this.#turn)
    // @ts-expect-error: a browser's timer is a number
    this.#turn = setTimeout(() => {
      this.#query = this.#search.value.trim()
      if (this.#query === '') return void this.#show(this.#box)
      const outside = [this.#role('trash'), this.#role('junk')].filter(Boolean)
      void this.#list.show(filterOf(this.#query, outside), false)
    }, searchAfterMs)
  }

  async #refresh() {
    try {
      await Promise.all([this.#loadBoxes(), this.#list.refresh()])
      const [first] = this.#open
      if (!first) return
      const emails = await conversation(this.#jmap, first.threadId)
      if (this.#open[0]?.threadId !== first.threadId || emails.length === this.#open.length) return
      this.#open = emails
      this.#draw(emails.at(-1)?.id)
    } catch (error) {
      this.#failed(error)
    }
  }

  async #read(email) {
    if (email.keywords.$draft) return this.#edit(email)
    this.#view('reading')
    try {
      const emails = await conversation(this.#jmap, email.threadId)
      if (this.#list.current?.id !== email.id) return
      this.#open = emails
      this.#draw(email.id)
      const update = unseen(emails)
      this.#list.patch(email.id, { ...email.keywords, $seen: true })
      if (Object.keys(update).length > 0) await this.#jmap.set('Email/set', { update })
    } catch (error) {
      this.#failed(error)
    }
  }

  async #edit(email) {
    const emails = await conversation(this.#jmap, email.threadId)
    const found = emails.find(({ id }) => id === email.id)
    if (found) this.#write(draftOf(found))
  }

  #draw(openId) {
    const ports = {
      jmap: this.#jmap,
      act: this.#actions.writing(),
      fates: (emails) => this.#fates(emails),
    }
    this.#reading.replaceChildren(this.#actions.bar(), reader(ports, this.#open, openId))
    this.#reading.scrollTop = 0
  }

  /** What the server knows of the delivery of those that were sent from here. */
  async #fates(emails) {
    const fates = new Map()
    const sent = emails
      .filter(({ mailboxIds }) => mailboxIds[this.#role('sent')])
      .map(({ id }) => id)
    if (sent.length === 0) return fates
    const ids = { resultOf: '0', name: 'EmailSubmission/query', path: '/ids' }
    const [, found] = await this.#jmap.call([
      ['EmailSubmission/query', { filter: { emailIds: sent } }],
      ['EmailSubmission/get', { '#ids': ids, properties: ['emailId', 'deliveryStatus'] }],
    ])
    for (const { emailId, deliveryStatus } of found.list) {
      const each = Object.entries(deliveryStatus ?? {})
      fates.set(
        emailId,
        each.map(([email, fate]) => ({ email, .../** @type {object} */ (fate) })),
      )
    }
    return fates
  }

  #leave() {
    this.#open = []
    this.#view('list')
    this.#reading.replaceChildren(el('p', { className: 'state' }, t('pick')))
  }

  #write(draft, key) {
    const ports = {
      jmap: this.#jmap,
      box: (role) => this.#role(role),
      changed: () => void this.#refresh(),
      reopen: (again) => this.#write(again),
      failed: (error) => this.#failed(error),
    }
    const composer = new Composer(ports, draft, key)
    this.#dock.append(composer.element)
    composer.focus()
  }

  /** Whoever wrote or was written to is offered in the fields of a new message. */
  #meet(emails) {
    const before = this.#people.size
    for (const { from, to } of emails)
      for (const { name, email } of [...(from ?? []), ...(to ?? [])])
        if (this.#people.size < 2000) this.#people.set(email, name ? `${name} <${email}>` : email)
    if (this.#people.size === before) return
    this.#known.replaceChildren(
      ...[...this.#people.values()].map((value) => el('option', { value })),
    )
  }

  #connected(live) {
    this.#chip.textContent = live ? t('live') : t('offline')
    this.#chip.dataset.chip = live ? 'live' : 'offline'
  }

  async #newBox() {
    const name = await askText(t('newFolder'), { label: t('name') })
    if (name === '') return
    await this.#jmap
      .set('Mailbox/set', { create: { m: { name } } })
      .catch((error) => this.#failed(error))
    await this.#loadBoxes()
  }

  async #logout() {
    const headers = { 'content-type': 'application/json' }
    await fetch('/logout', { method: 'POST', headers, body: '{}' })
    location.reload()
  }

  #failed(error) {
    if (error instanceof NeedsLogin) {
      this.#jmap.stop()
      toast(t('loggedOutWhile'), t('login'), () => location.reload(), 3600)
      return
    }
    toast(t('failed') + (error instanceof Error ? error.message : String(error)))
  }
}

function unseen(emails) {
  const fresh = emails.filter(({ keywords }) => !keywords.$seen)
  return Object.fromEntries(fresh.map(({ id }) => [id, { 'keywords/$seen': true }]))
}

function languageChoice() {
  const names = { id: 'Bahasa Indonesia', es: 'Español', en: 'English' }
  const options = Object.entries(names).map(([value, name]) => {
    return el('option', { value, selected: value === document.documentElement.lang }, name)
  })
  const choice = el('select', { 'aria-label': t('language') }, ...options)
  choice.addEventListener('change', () => {
    look.set('lang', choice.value)
    location.reload()
  })
  return choice
}

function settings() {
  const undo = el('select', {})
  for (const n of [0, 5, 10, 30]) {
    const word = n === 0 ? t('off') : t('seconds').replace('{n}', String(n))
    undo.append(el('option', { value: String(n), selected: n === (kept.all().undo ?? 5) }, word))
  }
  undo.addEventListener('change', () => kept.set('undo', Number(undo.value)))
  const theme = () => {
    const root = document.documentElement
    const dark = root.dataset.theme
      ? root.dataset.theme === 'dark'
      : matchMedia('(prefers-color-scheme: dark)').matches
    root.dataset.theme = dark ? 'light' : 'dark'
    look.set('theme', root.dataset.theme)
  }
  return el(
    'details',
    { className: 'settings' },
    el('summary', {}, t('settings')),
    el('label', {}, el('span', {}, t('undoTime')), undo),
    el('label', {}, el('span', {}, t('language')), languageChoice()),
    action('moon', t('theme'), theme, true),
    el('p', { className: 'quiet' }, `${t('shortcuts')}: ${t('keys')}`),
  )
}

void new Mail().start()
