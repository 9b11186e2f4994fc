// The pages beside the mail: settings, contacts and so on, each loaded when it is first opened. Knows
// their names and addresses; what they show they know themselves.
import { action } from './dom.js'
import { say as listed } from './list-words.js'
import { say as ruled } from './rules-words.js'
import { say } from './settings-words.js'
import { t } from './words.js'

/** What there is to open, for the palette. */
export function parts() {
  const to = (name, label) => ({ name, part: '', label })
  const settings = /** @type {const} */ ([
    ...[
      'general',
      'appearance',
      'identities',
      'rules',
      'away',
      'labels',
      'notifications',
      'privacy',
      'security',
    ],
    'transfer',
  ])
  const name = (part) => {
    if (part === 'labels') return listed(part)
    return part === 'rules' || part === 'away' ? ruled(part) : say(part)
  }
  return [
    to('contacts', t('contacts')),
    to('settings', t('settings')),
    ...settings.map((part) => ({
      name: 'settings',
      part,
      label: `${t('settings')}: ${name(part)}`,
    })),
    to('scheduled', say('scheduled')),
    to('activity', listed('activity')),
  ]
}

export class Pages {
  #place
  #ports
  #turn = 0

  /** @param {HTMLElement} place @param {any} ports */
  constructor(place, ports) {
    this.#place = place
    this.#ports = ports
    addEventListener('popstate', () => {
      if (!this.#fromAddress()) this.close()
    })
  }

  openFromAddress() {
    this.#fromAddress()
  }

  /** @param {string} name @param {string} part */
  async open(name, part = '') {
    const turn = ++this.#turn
    const path = `/mail/${name}${part ? `/${part}` : ''}`
    if (location.pathname !== path) history.pushState({}, '', path)
    this.#ports.view('page')
    try {
      const load = loaders[name]
      if (!load) return
      const { draw } = await load()
      if (turn !== this.#turn) return
      const back = action('back', t('back'), () => history.back())
      this.#place.replaceChildren()
      this.#place.scrollTop = 0
      draw(this.#place, { ...this.#ports, back, open: (other, of) => this.open(other, of) }, part)
      this.#place.focus({ preventScroll: true })
    } catch (error) {
      this.#ports.failed(error)
    }
  }

  close() {
    this.#turn++
    if (document.body.dataset.view !== 'page') return
    this.#place.replaceChildren()
    if (/^\/mail\/\w/.test(location.pathname)) history.pushState({}, '', '/mail/')
    this.#ports.view('list')
  }

  #fromAddress() {
    const [, name = '', part = ''] = /^\/mail\/(\w+)(?:\/(\w+))?$/.exec(location.pathname) ?? []
    if (!(name in loaders)) return false
    void this.open(name, part)
    return true
  }
}

/** @type {Readonly<Record<string, () => Promise<{draw: (place: HTMLElement, ports: any, part: string) => void}>>>} */
const loaders = {
  settings: () => import('./settings.js'),
  contacts: () => import('./contacts.js'),
  scheduled: () => import('./scheduled.js'),
  activity: () => import('./activity.js'),
}
