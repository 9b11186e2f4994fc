// The mail page: who is here, what is open, what a key or a button does. Draws with the others.
import { Actions } from './actions.js'
import { loginAgain } from './again.js'
import { draftOf } from './answers.js'
import { isAway, waitingChanges } from './away.js'
import { ListBar } from './bulk.js'
import { commandsOf } from './commands.js'
import { Composer } from './compose.js'
import { askSure } from './dialog.js'
import { action, el, toast } from './dom.js'
import { local } from './draft.js'
import { draggable, swipes } from './drag.js'
import { fatesOf } from './fates.js'
import { Jmap, NeedsLogin } from './jmap.js'
import { keysOf } from './keys.js'
import { Labels } from './labels.js'
import { List } from './list.js'
import { say } from './list-words.js'
import { listingOf } from './listing.js'
import { login } from './login.js'
import { languageChoice } from './look.js'
import { openMenu } from './menu.js'
import { Notices } from './notices.js'
import { forgetKept, readAhead, startWorker } from './offline.js'
import { oneAtATime } from './one-at-a-time.js'
import { Pages } from './pages.js'
import { openPalette } from './palette.js'
import { People } from './people.js'
import { Preferences } from './preferences.js'
import { inOrder, Rail } from './rail.js'
import { conversation, reader } from './reader.js'
import { waiting } from './scheduled.js'
import { SearchBar } from './search-bar.js'
import { snoozes } from './snooze.js'
import { mailboxName, t } from './words.js'

/** After the page is drawn the browser has other things to do. */
const idleMs = 1500

class Mail {
  #jmap = new Jmap()
  #preferences = new Preferences(this.#jmap)
  #labels = new Labels(this.#preferences)
  /** @type {any[]} */
  #boxes = []
  /** What is listed: "box:ID", "starred", "label:KEYWORD" or "search:QUERY". */
  #where = ''
  /** @type {any[]} */
  #open = []
  #place = /** @type {HTMLElement} */ (document.getElementById('app'))
  #dock = /** @type {HTMLElement} */ (document.getElementById('dock'))
  #people = new People(this.#jmap)
  #notices = new Notices(this.#jmap, (email) => void this.#read(email))
  #scheduled = 0
  #away = false
  #reading = el('section', { className: 'reading', 'aria-label': t('message') })
  #list = new List({
    jmap: this.#jmap,
    labels: this.#labels,
    open: (email) => void this.#read(email),
    found: (emails) => this.#people.meet(emails),
    selected: () => this.#bar?.draw(),
    act: (name, email, event) => this.#actions.act(name, email, event),
    failed: (error) => this.#failed(error),
  })
  #actions = new Actions({
    jmap: this.#jmap,
    labels: this.#labels,
    box: (role) => this.#role(role),
    here: () => this.#here(),
    open: () => this.#open,
    list: this.#list,
    write: (draft) => this.#write(draft),
    refresh: () => void this.#refresh(),
    leave: () => this.#leave(),
    failed: (error) => this.#failed(error),
  })
  /** @type {ListBar | undefined} */
  #bar
  /** @type {Rail | undefined} */
  #rail
  /** @type {SearchBar | undefined} */
  #search
  /** @type {Pages | undefined} */
  #pages

  async start() {
    try {
      await this.#jmap.open()
    } catch (error) {
      if (!(error instanceof NeedsLogin)) return this.#failed(error)
      await login(this.#place, languageChoice())
      return this.start()
    }
    await this.#preferences.load()
    await this.#loadBoxes()
    this.#frame()
    await this.#go(`box:${this.#role('inbox')}`)
    void this.#people.load(this.#role('sent')).catch((error) => this.#failed(error))
    this.#hear()
    this.#preferences.watch(() => {
      this.#drawRail()
      this.#list.redraw()
    })
    for (const [key, draft] of Object.entries(local.all())) this.#write(draft, key)
    void this.#pages?.openFromAddress()
    this.#jmap.delayed = () => toast(say('waits'))
    // Beside what is seen, and of no use to whoever only comes to log in.
    setTimeout(
      () =>
        void startWorker()
          .then(() => this.#ahead())
          .catch(() => {}),
      idleMs,
    )
  }

  #hear() {
    this.#jmap.watch(
      () => void this.#refresh(),
      (live) => void this.#connected(live),
    )
  }

  async #ahead() {
    await navigator.serviceWorker?.ready
    await readAhead(this.#jmap, this.#list.loaded)
  }

  /** What waited is done, and what came while nobody listened is seen. */
  async #connected(live) {
    this.#away = !live
    this.#rail?.connected(live)
    if (!live) return
    try {
      await waitingChanges.make(this.#jmap)
      await this.#refresh()
    } catch (error) {
      this.#failed(error)
    }
  }

  #frame() {
    const failed = (error) => this.#failed(error)
    this.#rail = new Rail({
      jmap: this.#jmap,
      labels: this.#labels,
      searches: () => this.#searches,
      open: (place) => void this.#go(place),
      current: () => this.#where,
      drop: (box) => void this.#actions.moveTo(box, this.#dragged),
      compose: () => this.#write({}),
      page: (name) => void this.#pages?.open(name),
      changed: () => this.#loadBoxes(),
      markAllRead: (box) => void this.#actions.markAllRead(box),
      forget: (query) => void this.#keepSearches(this.#searches.filter((one) => one !== query)),
      logout: () => void this.#logout(),
      failed,
    })
    this.#search = new SearchBar({
      people: () => this.#people,
      labels: this.#labels,
      searched: (query) => void this.#go(query === '' ? this.#home : `search:${query}`),
      inside: () => this.#boxes.find(({ id }) => `box:${id}` === this.#home),
      keep: (query) => void this.#keepSearches([...new Set([...this.#searches, query])]),
    })
    this.#bar = new ListBar({
      list: this.#list,
      actions: this.#actions,
      tabbed: () => void this.#show(),
      inTrash: () => this.#here() !== '' && this.#here() === this.#role('trash'),
      empty: () => void this.#empty(),
    })
    const bars = action('menu', t('mailboxes'), () => this.#view('boxes'))
    bars.classList.add('menu')
    const fab = action('pen', t('compose'), () => this.#write({}))
    fab.classList.add('primary', 'fab')
    const middle = el(
      'main',
      { className: 'middle' },
      el('div', { className: 'top' }, bars, this.#search.element),
      this.#bar.element,
      this.#list.element,
      fab,
    )
    const page = el('section', { className: 'page', tabIndex: -1 })
    this.#place.replaceChildren(
      el('div', { className: 'shell' }, this.#rail.element, middle, this.#reading, page),
    )
    this.#pages = new Pages(page, {
      ...{ jmap: this.#jmap, preferences: this.#preferences, labels: this.#labels, failed },
      ...{ boxes: () => this.#boxes, write: (draft) => this.#write(draft) },
      ...{ changed: () => void this.#refresh(), view: (name) => this.#view(name) },
      ...{ relaid: () => this.#list.measure() },
    })
    this.#listen()
    this.#leave()
    this.#rail.connected(true)
    this.#drawRail()
  }

  /** @type {any} the row that is dragged */
  #dragged
  /** The mailbox one comes back to when a search is over. */
  #home = ''

  #listen() {
    const emailAt = (place) => this.#list.emailAt(place)
    draggable(this.#list, emailAt, (email) => {
      this.#dragged = email
      return this.#actions.targets(email).length
    })
    const pushes = () => ({
      right: 'archive',
      left: 'remove',
      ...this.#preferences.get('swipe', {}),
    })
    swipes(this.#list, emailAt, pushes, (name, email, row) => this.#actions.act(name, email, row))
    this.#list.element.addEventListener('contextmenu', (event) => {
      const email = this.#list.pointedAt(event.target)
      if (!email) return
      event.preventDefault()
      openMenu({ x: event.clientX, y: event.clientY }, this.#actions.menuItems(email), say('more'))
    })
    const keys = keysOf({
      actions: this.#actions,
      list: this.#list,
      search: () => this.#search?.focus(),
      go: (role) => void this.#go(role === 'starred' ? role : `box:${this.#role(role)}`),
      palette: () => this.#palette(),
    })
    document.addEventListener('keydown', keys)
  }

  #palette() {
    const go = (place) => void this.#go(place)
    const page = (name, part = '') => void this.#pages?.open(name, part)
    const actions = this.#actions
    openPalette(commandsOf({ boxes: this.#boxes, labels: this.#labels.all, actions, go, page }))
  }

  /** On a phone one pane is seen at a time. */
  #view(name) {
    document.body.dataset.view = name
  }

  async #loadBoxes() {
    const [answer] = await this.#jmap.call([['Mailbox/get', { ids: null }]])
    this.#boxes = inOrder(answer.list).map((box) => ({ ...box, shown: mailboxName(box) }))
    const unread = this.#boxes.find(({ role }) => role === 'inbox')?.unreadThreads ?? 0
    document.title = unread > 0 ? `(${unread}) Amplop` : 'Amplop'
    this.#actions.boxes = this.#boxes
    this.#drawRail()
    void this.#rest()
  }

  #drawRail() {
    this.#rail?.draw(this.#boxes, this.#scheduled)
  }

  /** What is nice to know beside the mail; what is not known is not shown. */
  async #loadRest() {
    try {
      const [quota] = await this.#jmap.call([['Quota/get', { ids: null }]])
      this.#rail?.quota(quota.list.find(({ resourceType }) => resourceType === 'octets'))
      this.#scheduled = (await waiting(this.#jmap)).length
      this.#drawRail()
    } catch {
      // The next change asks again.
    }
  }

  #role(role) {
    return this.#boxes.find((box) => box.role === role)?.id ?? ''
  }

  /** The mailbox that is listed, if it is one. */
  #here() {
    return this.#where.startsWith('box:') ? this.#where.slice(4) : ''
  }

  /** @param {string} where */
  async #go(where) {
    if (where === 'scheduled') return void this.#pages?.open('scheduled')
    this.#where = where
    if (!where.startsWith('search:')) this.#home = where
    this.#search?.set(where.startsWith('search:') ? where.slice(7) : '')
    if (this.#bar) this.#bar.tab = 'all'
    this.#leave()
    this.#drawRail()
    await this.#show()
  }

  async #show() {
    this.#bar?.draw()
    const inside = this.#search?.onlyHere ? this.#home.replace(/^box:/, '') : ''
    const tab = this.#bar?.tab ?? 'all'
    const known = { boxes: this.#boxes, labels: this.#labels.all, inside, tab }
    const listing = listingOf(this.#where, known)
    const off = this.#here() !== '' && this.#here() === this.#role('snoozed')
    const until = off ? await snoozes(this.#jmap) : undefined
    await this.#list.show({ ...listing, ...(until ? { until } : {}) })
  }

  #refresh = oneAtATime(() => this.#renew())
  #rest = oneAtATime(() => this.#loadRest())

  async #renew() {
    // What is seen stays as it is, with what was done to it, until the server can be asked.
    if (this.#away) return
    try {
      await Promise.all([this.#loadBoxes(), this.#list.refresh()])
      void this.#notices.look(this.#role('inbox')).catch(() => this.#notices.reset())
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
      if (this.#list.current && this.#list.current.id !== email.id) return
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
    if (found) this.#write(await draftOf(this.#jmap, found))
  }

  #draw(openId) {
    const isSent = ({ mailboxIds }) => Boolean(mailboxIds[this.#role('sent')])
    const isJunk = ({ mailboxIds }) => Boolean(mailboxIds[this.#role('junk')])
    const ports = {
      ...{ jmap: this.#jmap, preferences: this.#preferences, people: this.#people },
      ...{ isSent, isJunk, act: this.#actions.writing() },
      fates: (emails) => fatesOf(this.#jmap, emails.filter(isSent)),
      write: (draft) => this.#write(draft),
    }
    this.#reading.replaceChildren(this.#actions.bar(), reader(ports, this.#open, openId))
    this.#reading.scrollTop = 0
  }

  #leave() {
    this.#open = []
    this.#pages?.close()
    this.#view('list')
    this.#reading.replaceChildren(el('p', { className: 'state' }, t('pick')))
  }

  #write(draft, key) {
    const ports = {
      ...{ jmap: this.#jmap, people: this.#people, preferences: this.#preferences },
      box: (role) => this.#role(role),
      changed: () => void this.#refresh(),
      reopen: (again) => this.#write(again),
      failed: (error) => this.#failed(error),
    }
    const composer = new Composer(ports, draft, key)
    this.#dock.append(composer.element)
    composer.focus()
  }

  /** @returns {readonly string[]} */
  get #searches() {
    return this.#preferences.get('searches', [])
  }

  async #keepSearches(searches) {
    await this.#preferences.set('searches', searches).catch((error) => this.#failed(error))
  }

  async #empty() {
    const place = mailboxName(this.#boxes.find(({ id }) => id === this.#here()))
    if (!(await askSure(say('sureEmpty', { place }), say('emptyTrash')))) return
    await this.#actions.destroyAll({ inMailbox: this.#here() })
  }

  async #logout() {
    const headers = { 'content-type': 'application/json' }
    await fetch('/logout', { method: 'POST', headers, body: '{}' })
    forgetKept()
    location.assign('/mail/')
  }

  #failed(error) {
    if (error instanceof NeedsLogin) {
      this.#jmap.stop()
      if (document.querySelector('dialog.again')) return
      return void loginAgain(this.#jmap).then(
        () => this.#hear(),
        (again) => this.#failed(again),
      )
    }
    if (isAway(error)) {
      this.#rail?.connected(false)
      return toast(say('away'))
    }
    toast(t('failed') + (error instanceof Error ? error.message : String(error)))
  }
}

function unseen(emails) {
  const fresh = emails.filter(({ keywords }) => !keywords.$seen)
  return Object.fromEntries(fresh.map(({ id }) => [id, { 'keywords/$seen': true }]))
}

void new Mail().start()
