// The session has ended while somebody was at work: a login over the page, and all that is open
// stays. Knows nothing of mail.
import { el } from './dom.js'
import { login } from './login.js'
import { t } from './words.js'

/** Resolves when the same person has come in again; one at a time. @param {any} jmap */
export async function loginAgain(jmap) {
  const before = jmap.account
  const dialog = el('dialog', { className: 'again', 'aria-label': t('login') })
  dialog.addEventListener('cancel', (event) => event.preventDefault())
  // What is typed here is no shortcut of the page.
  dialog.addEventListener('keydown', (event) => event.stopPropagation())
  document.body.append(dialog)
  dialog.showModal()
  await login(dialog, el('p', { className: 'quiet' }, t('loggedOutWhile')))
  dialog.remove()
  await jmap.open()
  // Somebody else's page is drawn from the start.
  if (jmap.account !== before) location.reload()
}
