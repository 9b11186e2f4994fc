// Tells of new mail on the desktop while the page is open and not seen. Knows what was new the last
// time it was asked.
import { kept } from './dom.js'
import { people } from './row.js'
import { t } from './words.js'

const shownMax = 3

export function noticesOn() {
  return kept.all().notices === true && globalThis.Notification?.permission === 'granted'
}

/** Asks the browser for its leave; resolves with whether it was given. @param {boolean} on */
export async function turnNotices(on) {
  if (on && !globalThis.Notification) return false
  const given = on && (await Notification.requestPermission()) === 'granted'
  kept.set('notices', given)
  return given
}

export class Notices {
  #jmap
  #open
  #state = ''

  /** @param {any} jmap @param {(email: any) => void} open what a press on the notice does */
  constructor(jmap, open) {
    this.#jmap = jmap
    this.#open = open
  }

  /** What came into the inbox since the last time. @param {string} inbox */
  async look(inbox) {
    const before = this.#state
    if (before === '' || !noticesOn()) {
      const [{ state }] = await this.#jmap.call([['Email/get', { ids: [] }]])
      this.#state = state
      return
    }
    const created = { resultOf: '0', name: 'Email/changes', path: '/created' }
    const properties = ['id', 'threadId', 'from', 'subject', 'preview', 'mailboxIds', 'keywords']
    const [changes, emails] = await this.#jmap.call([
      ['Email/changes', { sinceState: before, maxChanges: 100 }],
      ['Email/get', { '#ids': created, properties }],
    ])
    this.#state = changes.newState
    if (document.visibilityState === 'visible' && document.hasFocus()) return
    const fresh = emails.list.filter(
      ({ mailboxIds, keywords }) => mailboxIds[inbox] && !keywords.$seen,
    )
    for (const email of fresh.slice(0, shownMax)) this.#tell(email)
  }

  #tell(email) {
    const body = email.subject || t('noSubject')
    const notice = new Notification(people(email.from) || t('nobody'), {
      body,
      tag: email.threadId,
    })
    notice.onclick = () => {
      focus()
      this.#open(email)
      notice.close()
    }
  }

  /** Away for longer than the changes reach: begin anew. */
  reset() {
    this.#state = ''
  }
}
