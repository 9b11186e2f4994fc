// Everything that can be done to mail, as a menu has it. Knows the actions by name.
import { say } from './list-words.js'
import { t } from './words.js'

/**
 * @param {any} actions @param {any} spot where a menu of its own opens @param {any} [email] what is
 * pointed at
 */
export function mailMenu(actions, spot, email) {
  const targets = actions.targets(email)
  const seen = targets.every(({ keywords }) => keywords?.$seen)
  const item = (label, icon, hint, act) => ({ label, icon, hint, act })
  const read = seen
    ? item(t('markUnread'), 'unread', 'Shift+U', () => actions.mark(false, email))
    : item(say('read'), 'unread', 'Shift+I', () => actions.mark(true, email))
  const snooze = item(say('snooze'), 'clock', 'B', () => actions.openSnooze(spot, email))
  return [
    ...answers(actions, targets),
    item(t('archive'), 'archive', 'E', () => actions.file('archive', email)),
    item(t('remove'), 'trash', '#', () => actions.remove(email)),
    item(t('junk'), 'junk', '!', () => actions.file('junk', email)),
    undefined,
    read,
    ...(actions.everything ? [] : [snooze]),
    item(t('star'), 'star', 'S', () => actions.star(email)),
    item(say('label'), 'tag', 'L', () => actions.openLabels(spot, email)),
    item(t('move'), 'folder', 'V', () => actions.openMove(spot, email)),
  ]
}

/** Who wrote can be answered where their message is open. */
function answers(actions, targets) {
  const [only] = targets
  if (targets.length !== 1 || !only?.bodyValues) return []
  const { reply, replyAll, forward } = actions.writing()
  return [
    { label: t('reply'), icon: 'reply', hint: 'R', act: () => reply(only) },
    { label: t('replyAll'), icon: 'all', hint: 'A', act: () => replyAll(only) },
    { label: t('forward'), icon: 'forward', hint: 'F', act: () => forward(only) },
    undefined,
  ]
}
