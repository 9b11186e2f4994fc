// The login form. Knows nothing of mail.
import { el } from './dom.js'
import { t } from './words.js'

/** Resolves when somebody has come in. @param {HTMLElement} place @param {HTMLElement} choice */
export function login(place, choice) {
  return new Promise((resolve) => {
    const name = el('input', {
      name: 'name',
      autocomplete: 'username',
      required: true,
      autofocus: true,
    })
    const secret = el('input', {
      ...{ name: 'password', type: 'password', autocomplete: 'current-password', required: true },
    })
    const show = el('input', { type: 'checkbox' })
    show.addEventListener('change', () => (secret.type = show.checked ? 'text' : 'password'))
    const said = el('p', { className: 'wrong', role: 'alert' })
    const button = el('button', { type: 'submit', className: 'primary' }, t('login'))
    const form = el(
      'form',
      { className: 'login' },
      el('h1', {}, 'Amplop'),
      el('label', {}, el('span', {}, t('address')), name),
      el('label', {}, el('span', {}, t('password')), secret),
      el('label', { className: 'check' }, show, el('span', {}, t('show'))),
      said,
      button,
      choice,
    )
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      button.disabled = true
      said.textContent = await attempt(name.value, secret.value)
      button.disabled = false
      if (said.textContent === '') resolve(undefined)
    })
    place.replaceChildren(el('main', {}, form))
    name.focus()
  })
}

/** What to tell; nothing when it went well. */
async function attempt(name, password) {
  try {
    const answer = await fetch('/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, password }),
    })
    if (answer.ok) return ''
    if (answer.status === 401) return t('wrong')
    if (answer.status === 429) return t('slow')
    return answer.status === 403 ? t('needsTls') : t('unreachable')
  } catch {
    return t('unreachable')
  }
}
