// What the palette offers: everything that a button somewhere does. Knows their names.

import { openSheet } from './keys.js'
import { say } from './list-words.js'
import { isDark, putOn } from './look.js'
import { parts } from './pages.js'
import { mailboxName, t } from './words.js'

/**
 * @param {{boxes: readonly any[], labels: readonly any[], actions: any, go: (place: string) => void,
 * page: (name: string, part?: string) => void}} given
 * @returns {import('./palette.js').Command[]}
 */
export function commandsOf({ boxes, labels, actions, go, page }) {
  const to = (place) => say('goTo', { place })
  const some = actions.targets().length > 0
  return [
    { label: t('compose'), hint: 'C', act: () => actions.compose() },
    ...(some ? ofMail(actions) : []),
    ...boxes.map((box) => ({ label: to(mailboxName(box)), act: () => go(`box:${box.id}`) })),
    { label: to(t('starred')), hint: 'G S', act: () => go('starred') },
    ...labels.map(({ name, keyword }) => ({ label: to(name), act: () => go(`label:${keyword}`) })),
    { label: t('theme'), act: () => putOn('theme', isDark() ? 'light' : 'dark') },
    { label: say('shortcuts'), hint: '?', act: openSheet },
    ...parts().map(({ name, part, label }) => ({ label, act: () => page(name, part) })),
    { label: t('board'), act: () => location.assign('/') },
  ]
}

function ofMail(actions) {
  return actions
    .menuItems()
    .filter(Boolean)
    .map(({ label, hint, act }) => ({ label, hint, act }))
}
