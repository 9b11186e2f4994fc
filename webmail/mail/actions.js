// What is done to mail that is open or selected: filed, marked, deleted, answered; each with its
// way back. Knows the page through its ports.

import { answerTo, forwardOf } from './answers.js'
import { askSure } from './dialog.js'
import { action, el, toast } from './dom.js'
import { mailboxName, t } from './words.js'

export class Actions {
  #ports
  /** @type {any[]} */
  boxes = []

  constructor(ports) {
    this.#ports = ports
  }

  bar() {
    const { here, box } = this.#ports
    const inJunk = here() === box('junk')
    const spam = inJunk
      ? action('inbox', t('notJunk'), () => void this.file('inbox'))
      : action('junk', t('junk'), () => void this.file('junk'))
    const back = action('back', t('back'), () => this.back())
    back.classList.add('menu')
    const places = this.boxes.filter(({ id }) => id !== here())
    const move = el(
      'select',
      { 'aria-label': t('move') },
      el('option', { value: '' }, t('move')),
      ...places.map((place) => el('option', { value: place.id }, mailboxName(place))),
    )
    move.addEventListener('change', () => move.value && void this.#move(move.value, t('movedTo')))
    return el(
      'div',
      { className: 'bar' },
      back,
      action('archive', t('archive'), () => void this.file('archive')),
      action('trash', t('remove'), () => void this.remove()),
      spam,
      action('star', t('star'), () => void this.star()),
      action('unread', t('markUnread'), () => void this.unread()),
      move,
    )
  }

  back() {
    this.#ports.leave()
    this.#ports.list.element.focus()
  }

  compose() {
    this.#ports.write({})
  }

  /** @param {'archive' | 'junk' | 'inbox'} role */
  file(role) {
    const said = { archive: t('archived'), junk: t('junked'), inbox: t('movedTo') }
    return this.#move(this.#ports.box(role), said[role])
  }

  async remove() {
    const { box, here, jmap, failed } = this.#ports
    const trash = box('trash')
    if (trash !== '' && here() !== trash) return this.#move(trash, t('deleted'))
    const emails = await this.#chosen()
    if (emails.length === 0 || !(await askSure(t('sureDestroy'), t('remove')))) return
    try {
      await jmap.set('Email/set', { destroy: emails.map(({ id }) => id) })
      toast(t('destroyed'))
      this.#after()
    } catch (error) {
      failed(error)
    }
  }

  async star() {
    const email = this.#last()
    if (!email) return
    const { $flagged, ...rest } = email.keywords
    email.keywords = $flagged ? rest : { ...rest, $flagged: true }
    this.#ports.list.patch(email.id, email.keywords)
    await this.#update({ [email.id]: { 'keywords/$flagged': $flagged ? null : true } })
  }

  async unread() {
    const email = this.#last()
    if (!email) return
    this.back()
    await this.#update({ [email.id]: { 'keywords/$seen': null } })
  }

  /** @param {'reply' | 'replyAll' | 'forward'} name */
  onLast(name) {
    const email = this.#ports.open().at(-1)
    if (email) this.writing()[name](email)
  }

  writing() {
    const { jmap, write } = this.#ports
    return {
      reply: (email) => write(answerTo(email, jmap.session.username, false)),
      replyAll: (email) => write(answerTo(email, jmap.session.username, true)),
      forward: (email) => write(forwardOf(email)),
    }
  }

  /** The one the list shows: of a conversation its newest here. */
  #last() {
    const { open, list } = this.#ports
    return open().find(({ id }) => id === list.current?.id) ?? open().at(-1) ?? list.current
  }

  /** All of the conversation that are where we are: what is elsewhere stays there. */
  async #chosen() {
    const { open, list, here, jmap, searching } = this.#ports
    const current = open()[0] ?? list.current
    if (!current) return []
    const ids = { resultOf: '0', name: 'Thread/get', path: '/list/*/emailIds' }
    const [, found] = await jmap.call([
      ['Thread/get', { ids: [current.threadId] }],
      ['Email/get', { '#ids': ids, properties: ['id', 'mailboxIds'] }],
    ])
    if (searching()) return found.list.filter(({ id }) => id === this.#last()?.id)
    return found.list.filter(({ mailboxIds }) => mailboxIds[here()])
  }

  async #move(to, said) {
    if (to === '') return
    try {
      const emails = await this.#chosen()
      if (emails.length === 0) return
      const update = Object.fromEntries(
        emails.map(({ id }) => [id, { mailboxIds: { [to]: true } }]),
      )
      const back = Object.fromEntries(emails.map(({ id, mailboxIds }) => [id, { mailboxIds }]))
      await this.#ports.jmap.set('Email/set', { update })
      toast(said, t('undo'), () => void this.#update(back).then(() => toast(t('undone'))))
      this.#after()
    } catch (error) {
      this.#ports.failed(error)
    }
  }

  #after() {
    this.#ports.leave()
    this.#ports.refresh()
  }

  async #update(update) {
    try {
      await this.#ports.jmap.set('Email/set', { update })
      this.#ports.refresh()
    } catch (error) {
      this.#ports.failed(error)
    }
  }
}
