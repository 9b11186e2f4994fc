// How the pages look and in which language: chosen for this browser, and put on at once.
import { el, look } from './dom.js'
import { t } from './words.js'

const names = { id: 'Bahasa Indonesia', es: 'Español', en: 'English' }

export function languageChoice() {
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

/** @param {'theme' | 'density' | 'layout'} name @param {string} value nothing is the system's choice */
export function putOn(name, value) {
  const root = document.documentElement
  if (value === '') delete root.dataset[name]
  else root.dataset[name] = value
  look.set(name, value === '' ? undefined : value)
}

export function isDark() {
  const { theme } = document.documentElement.dataset
  return theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
}
