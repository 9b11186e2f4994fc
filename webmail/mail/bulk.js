// The bar above the list: what is shown of a mailbox, or, while something is selected, what can be
// done to it. Knows the list and the actions.
import { action, el } from './dom.js'
import { say } from './list-words.js'
import { openMenu } from './menu.js'
import { t } from './words.js'

const tabs = /** @type {const} */ ([
  ['all', {}],
  ['unread', { notKeyword: '$seen' }],
  ['starredOnly', { hasKeyword: '$flagged' }],
  ['filesOnly', { hasAttachment: true }],
])

/** What a tab lets through. @param {string} tab */
export function tabFilter(tab) {
  return tabs.find(([name]) => name === tab)?.[1] ?? {}
}

export class ListBar {
  #ports
  tab = 'all'
  element = el('div', { className: 'listbar' })

  /** @param {{list: any, actions: any, tabbed: () => void, inTrash: () => boolean, empty: () => void}} ports */
  constructor(ports) {
    this.#ports = ports
    this.draw()
  }

  /** @param {string} tab */
  choose(tab) {
    this.tab = tab
    this.draw()
    this.#ports.tabbed()
  }

  draw() {
    const { selection } = this.#ports.list ?? {}
    const some = selection && (selection.size > 0 || selection.everything)
    this.element.classList.toggle('choosing', Boolean(some))
    this.element.replaceChildren(...(some ? this.#bulk(selection) : this.#tabs()))
  }

  #tabs() {
    const buttons = tabs.map(([name]) => {
      const label = name === 'unread' ? t('unread') : say(name)
      const pressed = String(name === this.tab)
      const onclick = () => this.choose(name)
      return el('button', { type: 'button', 'aria-pressed': pressed, onclick }, label)
    })
    const group = el(
      'div',
      { className: 'tabs', role: 'group', 'aria-label': say('show') },
      ...buttons,
    )
    if (!this.#ports.inTrash()) return [group]
    const empty = el('button', { type: 'button', className: 'plain' }, say('emptyTrash'))
    empty.addEventListener('click', () => this.#ports.empty())
    return [group, empty]
  }

  /** Once all that are loaded are selected, or a screenful, the rest is one press away. */
  #all(selection) {
    const { total } = this.#ports.list
    if (selection.everything || total <= selection.size) return []
    const label = say('selectAll', { n: total })
    const choose = () => selection.selectEverything()
    return [el('button', { type: 'button', className: 'all', onclick: choose }, label)]
  }

  #bulk(selection) {
    const { actions, list } = this.#ports
    const said = selection.everything
      ? say('allSelected', { n: list.total })
      : say('selected', { n: selection.size })
    const more = action('dots', say('more'), () => openMenu(more, actions.menuItems(), say('more')))
    const move = action('folder', t('move'), () => actions.openMove(move))
    return [
      action('close', say('clear'), () => selection.clear()),
      el('b', { role: 'status' }, said),
      ...this.#all(selection),
      el(
        'div',
        { className: 'acts', role: 'toolbar', 'aria-label': said },
        action('archive', t('archive'), () => void actions.file('archive')),
        action('trash', t('remove'), () => void actions.remove()),
        move,
        more,
      ),
    ]
  }
}
