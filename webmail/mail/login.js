// The login form. Knows nothing of mail.
import { el } from './dom.js'
import { say } from './passkey-words.js'
import { comeIn, hasPasskeys } from './passkeys.js'
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
    const code = el('input', { name: 'code', autocomplete: 'one-time-code', maxLength: 40 })
    const second = el(
      'label',
      { hidden: true },
      ...[el('span', {}, t('code')), code, el('small', {}, t('codeHint'))],
    )
    const said = el('p', { className: 'wrong', role: 'alert' })
    const button = el('button', { type: 'submit', className: 'primary' }, t('login'))
    const other = el('button', { type: 'button' }, say('passkey'))
    other.addEventListener('click', async () => {
      said.textContent = await comeIn()
      if (said.textContent === '') resolve(undefined)
    })
    const form = el(
      'form',
      { className: 'login' },
      el('h1', {}, 'Amplop'),
      el('label', {}, el('span', {}, t('address')), name),
      el('label', {}, el('span', {}, t('password')), secret),
      el('label', { className: 'check' }, show, el('span', {}, t('show'))),
      second,
      said,
      button,
      hasPasskeys() ? other : undefined,
      choice,
    )
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      button.disabled = true
      const told = await attempt(name.value, secret.value, code.value)
      button.disabled = false
      said.textContent = told === needsCode ? '' : told
      if (told === '') resolve(undefined)
      if (told !== needsCode) return
      second.hidden = false
      code.required = true
      code.focus()
    })
    place.replaceChildren(el('main', {}, form))
    name.focus()
  })
}

const needsCode = 'needs-code'

/** What to tell; nothing when it went well. */
async function attempt(name, password, code) {
  try {
    const answer = await fetch('/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, password, code }),
    })
    if (answer.ok) return ''
    if (answer.status === 401) {
      const { error } = await answer.json()
      if (error === needsCode) return needsCode
      return error === 'wrong-code' ? t('wrongCode') : t('wrong')
    }
    if (answer.status === 429) return t('slow')
    return answer.status === 403 ? t('needsTls') : t('unreachable')
  } catch {
    return t('unreachable')
  }
}
