// A menu that opens at what was pressed and goes away by itself. Knows its items, not what they do.
import { el, icon } from './dom.js'

/** @typedef {{label: string, icon?: string, hint?: string, colour?: string, checked?: boolean, act: () => unknown}} Item */

/**
 * @param {{x: number, y: number} | Element} at
 * @param {readonly (Item | undefined)[]} items undefined is a line between
 * @param {string} [name] for who does not see it
 */
export function openMenu(at, items, name = '') {
  const before = document.activeElement
  const menu = el('div', {
    className: 'menu-list',
    role: 'menu',
    popover: 'auto',
    'aria-label': name,
  })
  const close = () => menu.hidePopover()
  menu.append(...items.map((item) => (item ? entry(item, close) : el('hr', {}))))
  menu.addEventListener('toggle', (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== 'closed') return
    menu.remove()
    if (document.activeElement === document.body && before instanceof HTMLElement) before.focus()
  })
  menu.addEventListener('keydown', (event) => steps(event, menu))
  document.body.append(menu)
  menu.showPopover()
  place(menu, at)
  buttonsOf(menu)[0]?.focus()
  return close
}

/** @param {Item} item */
function entry({ label, icon: name, hint, colour, checked, act }, close) {
  const role = checked === undefined ? 'menuitem' : 'menuitemcheckbox'
  const dot = colour ? el('i', { className: 'spot', 'data-colour': colour }) : undefined
  const button = el(
    'button',
    { type: 'button', role, 'aria-checked': checked === undefined ? undefined : String(checked) },
    checked ? icon('check') : name ? icon(name) : (dot ?? el('i', { className: 'spot' })),
    el('span', {}, label),
    hint ? el('kbd', {}, hint) : undefined,
  )
  if (checked && dot) button.append(dot)
  button.addEventListener('click', () => {
    close()
    act()
  })
  return button
}

/** @param {Element} menu @returns {HTMLElement[]} */
function buttonsOf(menu) {
  return [...menu.querySelectorAll('button')]
}

function steps(event, menu) {
  event.stopPropagation()
  const all = buttonsOf(menu)
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement))
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
  if (to !== undefined) {
    event.preventDefault()
    all[(to + all.length) % all.length]?.focus()
  } else if (event.key === 'Tab') {
    event.preventDefault()
    menu.hidePopover()
  } else if (event.key.length === 1 && event.key !== ' ') {
    const key = event.key.toLowerCase()
    const named = [...all.slice(at + 1), ...all].find((button) =>
      button.querySelector('span')?.textContent?.toLowerCase().startsWith(key),
    )
    named?.focus()
  }
}

function place(menu, at) {
  const box = at instanceof Element ? at.getBoundingClientRect() : undefined
  const [x, y] = box ? [box.left, box.bottom + 4] : [at.x, at.y]
  const { width, height } = menu.getBoundingClientRect()
  const above = box ? box.top - height - 4 : y - height
  const top = y + height > innerHeight - 8 && above > 8 ? above : y
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`
  menu.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`
}
