// Settings of the page itself: language, undo, look, and the list of keys.
import { el, kept } from './dom.js'
import { sheet } from './keys.js'
import { say as listed } from './list-words.js'
import { languageChoice, putOn } from './look.js'
import { choice, setting } from './settings-form.js'
import { say } from './settings-words.js'
import { t } from './words.js'

export function general() {
  return {
    name: 'general',
    title: say('general'),
    draw({ preferences, failed }) {
      const seconds = [0, 5, 10, 20, 30].map(
        (n) => /** @type {const} */ ([String(n), n === 0 ? t('off') : t('seconds', { n })]),
      )
      const undo = String(kept.all().undo ?? 5)
      const acts = /** @type {const} */ ([
        ['archive', t('archive')],
        ['remove', t('remove')],
        ['snooze', listed('snooze')],
        ['read', listed('read')],
        ['star', t('star')],
        ['none', say('nothing')],
      ])
      const swipe = { right: 'archive', left: 'snooze', ...preferences.get('swipe', {}) }
      const push = (way) => (act) => {
        swipe[way] = act
        preferences.set('swipe', { ...swipe }).catch(failed)
      }
      return [
        setting(t('language'), say('languageHint'), languageChoice()),
        choice(t('undoTime'), say('undoHint'), [seconds, undo, (n) => kept.set('undo', Number(n))]),
        choice(say('swipeRight'), say('swipeHint'), [acts, swipe.right, push('right')]),
        choice(say('swipeLeft'), '', [acts, swipe.left, push('left')]),
      ]
    },
  }
}

export function appearance() {
  return {
    name: 'appearance',
    title: say('appearance'),
    draw({ relaid }) {
      const { theme = '', density = '', layout = '' } = document.documentElement.dataset
      const put = (/** @type {'theme' | 'density' | 'layout'} */ name) => (value) => {
        putOn(name, value)
        relaid()
      }
      const themes = /** @type {const} */ ([
        ['', say('asSystem')],
        ['light', say('light')],
        ['dark', say('dark')],
      ])
      const densities = /** @type {const} */ ([
        ['', say('comfortable')],
        ['compact', say('compact')],
      ])
      const layouts = /** @type {const} */ ([
        ['', say('besides')],
        ['bottom', say('below')],
        ['list', say('listOnly')],
      ])
      return [
        choice(say('theme'), '', [themes, theme, put('theme')]),
        choice(say('density'), say('densityHint'), [densities, density, put('density')]),
        choice(say('layout'), say('layoutHint'), [layouts, layout, put('layout')]),
      ]
    },
  }
}

export function shortcuts() {
  return {
    name: 'shortcuts',
    title: listed('shortcuts'),
    draw() {
      const parts = sheet().map(([title, keys]) => {
        const lines = keys.flatMap(([key, text]) => [
          el('dt', {}, ...key.split('  ').map((each) => el('kbd', {}, each))),
          el('dd', {}, text),
        ])
        return el('div', {}, el('h3', {}, title), el('dl', {}, ...lines))
      })
      return [el('div', { className: 'columns' }, ...parts)]
    },
  }
}
