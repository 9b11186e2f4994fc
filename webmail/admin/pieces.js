// Pieces that several parts are made of: tables, states, times, and what is asked again.
import { el, toast } from '../mail/dom.js'

const signs = { good: '✓', warning: '!', bad: '✕', unknown: '?' }

/** A state, told by its sign and its colour, and in words to who sees neither. */
export function dot(state, label) {
  const sign = el('span', { 'aria-hidden': 'true' }, signs[state] ?? '?')
  return el('span', { className: `dot ${state}` }, sign, el('span', { className: 'sr' }, label))
}

/**
 * @param {readonly string[]} heads
 * @param {readonly (readonly (Node | string)[])[]} rows
 * @param {string} label
 */
export function table(heads, rows, label) {
  const head = el('tr', {}, ...heads.map((text) => el('th', { scope: 'col' }, text)))
  const lines = rows.map((cells) =>
    el('tr', {}, ...cells.map((cell, at) => el('td', { 'data-head': heads[at] ?? '' }, cell))),
  )
  return el(
    'table',
    {},
    el('caption', { className: 'sr' }, label),
    el('thead', {}, head),
    el('tbody', {}, ...lines),
  )
}

/** @param {string} label @param {() => void} onclick @param {string} [className] */
export function button(label, onclick, className = '') {
  return el('button', { type: 'button', className, onclick }, label)
}

/** A search field that asks when somebody has stopped typing. @param {string} label */
export function searchField(label, ask, value = '') {
  const input = el('input', { type: 'search', 'aria-label': label, placeholder: label, value })
  const wait = { timer: /** @type {any} */ (undefined) }
  input.addEventListener('input', () => {
    clearTimeout(wait.timer)
    wait.timer = setTimeout(() => ask(input.value.trim()), 200)
  })
  return input
}

/** Asks now and again, until the part is left; while the page is hidden it waits. */
export async function every(ms, signal, ask) {
  while (!signal.aborted) {
    if (!document.hidden) await ask()
    await new Promise((resolve) => setTimeout(resolve, ms))
  }
}

/** Does it and says what came of it; then looks anew. */
export async function tried(work, done, again) {
  try {
    await work()
    toast(done)
  } catch (error) {
    toast(/** @type {Error} */ (error).message)
  }
  await again()
}

/** @param {string | null} iso */
export function when(iso) {
  if (!iso) return '–'
  const form = /** @type {const} */ ({ dateStyle: 'medium', timeStyle: 'short' })
  return new Date(iso).toLocaleString(document.documentElement.lang, form)
}

/** @param {number} bytes */
export function size(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = bytes > 0 ? Math.min(4, Math.floor(Math.log10(bytes) / 3)) : 0
  const value = bytes / 1000 ** step
  const maximumFractionDigits = value < 10 && step > 0 ? 1 : 0
  return `${value.toLocaleString(document.documentElement.lang, { maximumFractionDigits })} ${units[step]}`
}

/** A line of the last hour. @param {readonly number[]} points @param {string} label */
export function sparkline(points, label) {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  const line = document.createElementNS(space, 'polyline')
  const most = Math.max(1, ...points)
  const step = 300 / Math.max(1, points.length - 1)
  const places = points.map(
    (value, at) => `${(at * step).toFixed(1)},${(46 - (44 * value) / most).toFixed(1)}`,
  )
  svg.setAttribute('viewBox', '0 0 300 48')
  svg.setAttribute('class', 'spark')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', label)
  svg.setAttribute('preserveAspectRatio', 'none')
  line.setAttribute('points', places.join(' '))
  svg.append(line)
  return svg
}
