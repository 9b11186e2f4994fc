// What each key does, and the sheet that says so. Knows no more of the page than what it moves.
import { el } from './dom.js'
import { say } from './list-words.js'
import { t } from './words.js'

const afterGMs = 1500

/** @param {{actions: any, list: any, search: () => void, go: (name: string) => void, palette: () => void}} ports */
export function keysOf({ actions, list, search, go, palette }) {
  let wentAt = -afterGMs
  const keys = {
    j: () => list.select(list.selected + 1),
    k: () => list.select(list.selected - 1),
    J: () => list.extend(1),
    K: () => list.extend(-1),
    ArrowDown: () => list.select(list.selected + 1, false),
    ArrowUp: () => list.select(list.selected - 1, false),
    'Shift+ArrowDown': () => list.extend(1),
    'Shift+ArrowUp': () => list.extend(-1),
    Home: () => list.select(0, false),
    End: () => list.select(list.total - 1, false),
    Enter: () => list.select(list.selected),
    o: () => list.select(list.selected),
    x: () => list.toggle(),
    ' ': () => list.toggle(),
    'Ctrl+a': () => list.selection.addAll(list.loaded),
    '/': search,
    c: () => actions.compose(),
    r: () => actions.onLast('reply'),
    a: () => actions.onLast('replyAll'),
    f: () => actions.onLast('forward'),
    e: () => actions.file('archive'),
    '#': () => actions.remove(),
    Delete: () => actions.remove(),
    '!': () => actions.file('junk'),
    s: () => actions.star(),
    I: () => actions.mark(true),
    U: () => actions.mark(false),
    l: () => actions.openLabels(list.spot),
    v: () => actions.openMove(list.spot),
    b: () => actions.openSnooze(list.spot),
    u: () => actions.back(),
    Escape: () => (list.selection.size > 0 ? list.selection.clear() : actions.back()),
    'Ctrl+k': palette,
    '?': () => openSheet(),
  }
  const places = { i: 'inbox', s: 'starred', t: 'sent', d: 'drafts', a: 'archive' }
  return (event) => {
    const name = nameOf(event)
    const { target } = event
    const typing =
      target instanceof HTMLElement &&
      target.matches('input:not([type=checkbox]), textarea, select, [contenteditable]')
    if (typing && event.key === 'Escape') target.blur()
    if (document.querySelector('dialog[open]')) return
    if (typing && name !== 'Ctrl+k') return
    if (performance.now() - wentAt < afterGMs && places[name]) {
      event.preventDefault()
      wentAt = -afterGMs
      return go(places[name])
    }
    if (name === 'g') wentAt = performance.now()
    if (!(name in keys)) return
    // A button that has the focus is pressed by Enter and by the space bar.
    const pressed =
      target instanceof HTMLElement && target.matches('button, a, summary, [role=menuitem], input')
    if (pressed && (name === 'Enter' || name === ' ')) return
    if (name === 'Ctrl+a' && !list.element.contains(target)) return
    event.preventDefault()
    keys[name]()
  }
}

function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (altKey) return ''
  if (ctrlKey || metaKey) return `Ctrl+${key.toLowerCase()}`
  return shiftKey && key.startsWith('Arrow') ? `Shift+${key}` : key
}

/** @returns {[string, [string, string][]][]} */
export function sheet() {
  return [
    [
      say('moving'),
      [
        ['J K', say('keyNext')],
        ['Enter', say('keyOpen')],
        ['U  Esc', say('keyBack')],
        ['Home End', say('keyTop')],
        ['G I  G S  G T  G D  G A', say('keyGo')],
        ['/', t('search')],
        ['Ctrl K', say('keyPalette')],
      ],
    ],
    [
      say('acting'),
      [
        ['X  Shift J K', say('keySelect')],
        ['Ctrl A', say('keyAll')],
        ['E', t('archive')],
        ['#', t('remove')],
        ['!', t('junk')],
        ['S', t('star')],
        ['Shift I  Shift U', `${say('read')}, ${t('markUnread')}`],
        ['L', say('label')],
        ['V', t('move')],
        ['B', say('snooze')],
      ],
    ],
    [
      say('writing'),
      [
        ['C', t('compose')],
        ['R', t('reply')],
        ['A', t('replyAll')],
        ['F', t('forward')],
        ['Ctrl Enter', say('keySend')],
        ['?', say('thisSheet')],
      ],
    ],
  ]
}

export function openSheet() {
  const close = el('button', { type: 'submit', className: 'primary' }, t('close'))
  const parts = sheet().map(([title, keys]) =>
    el(
      'section',
      {},
      el('h3', {}, title),
      el(
        'dl',
        {},
        ...keys.flatMap(([key, text]) => [
          el('dt', {}, ...key.split('  ').map((each) => el('kbd', {}, each))),
          el('dd', {}, text),
        ]),
      ),
    ),
  )
  const form = el(
    'form',
    { method: 'dialog' },
    el('h2', { id: 'asked' }, say('shortcuts')),
    el('div', { className: 'columns' }, ...parts),
    el('footer', {}, close),
  )
  const dialog = el('dialog', { className: 'ask wide', 'aria-labelledby': 'asked' }, form)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
