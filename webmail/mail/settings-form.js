// The parts settings are made of: a labelled choice, a switch, a line with buttons. Knows no setting.
import { el } from './dom.js'

/** @param {string} label @param {string} hint @param {HTMLElement} control */
export function setting(label, hint, control) {
  const words = el('span', {}, label, hint ? el('small', {}, hint) : undefined)
  return el('label', { className: 'setting' }, words, control)
}

/**
 * @param {string} label @param {string} hint
 * @param {readonly [readonly (readonly [string, string])[], string, (value: string) => unknown]} of
 * the options, each its value and its words; which is chosen; what to do when another is
 */
export function choice(label, hint, [options, value, chosen]) {
  const select = el('select', {})
  for (const [of, words] of options)
    select.append(el('option', { value: of, selected: of === value }, words))
  select.addEventListener('change', () => chosen(select.value))
  return setting(label, hint, select)
}

/** @param {string} label @param {string} hint @param {boolean} on @param {(on: boolean) => unknown} changed */
export function toggle(label, hint, on, changed) {
  const input = el('input', { type: 'checkbox', role: 'switch', className: 'switch' })
  input.checked = on
  input.addEventListener('change', () => changed(input.checked))
  return setting(label, hint, input)
}

/** @param {(Node | string)[]} words @param {HTMLElement[]} buttons */
export function line(words, buttons) {
  return el(
    'li',
    { className: 'line' },
    el('div', {}, ...words),
    el('div', { className: 'ends' }, ...buttons),
  )
}

/** @param {string} label @param {() => unknown} act @param {string} [className] */
export function button(label, act, className = '') {
  return el('button', { type: 'button', className, onclick: () => act() }, label)
}

/** @param {string} text */
export function note(text) {
  return el('p', { className: 'quiet' }, text)
}
