// The second factor of a login: a code of a generator besides the password. Knows its steps.
import { ask } from './dialog.js'
import { el } from './dom.js'
import { button, line, note } from './settings-form.js'
import { say } from './settings-words.js'
import { t } from './words.js'

/** @param {any} ports */
export async function secondFactor(ports) {
  const [{ list }] = await ports.jmap.call([['TwoFactor/get', { ids: null }]])
  const { isEnabled, recoveryCodesLeft } = list[0]
  const left = isEnabled ? say('codesLeft', { n: recoveryCodesLeft }) : say('secondHint')
  const words = [el('b', {}, isEnabled ? say('secondOn') : say('secondOff')), el('small', {}, left)]
  const buttons = isEnabled
    ? [
        button(say('newCodes'), () => prove(ports, { newRecoveryCodes: true }, say('newCodes'))),
        button(say('turnOff'), () => prove(ports, { isEnabled: false }, say('turnOff'))),
      ]
    : [button(say('turnOn'), () => begin(ports))]
  return [el('h3', {}, say('second')), el('ul', {}, line(words, buttons))]
}

function secretField(label, more = {}) {
  const input = el('input', { required: true, autocomplete: 'off', ...more })
  return { input, field: el('label', {}, el('span', {}, label), input) }
}

function passwordField() {
  const more = { type: 'password', autocomplete: 'current-password', autofocus: true }
  return secretField(t('password'), more)
}

function codeField(more = {}) {
  const form = { inputMode: 'numeric', autocomplete: 'one-time-code' }
  return secretField(say('code'), { ...form, ...more })
}

/** The password first, then the secret for the generator, then a code of it. */
async function begin(ports) {
  const password = passwordField()
  if (!(await ask(say('turnOn'), [password.field], t('ok')))) return
  await tried(ports, async () => {
    const { secret, uri } = await change(ports, { begin: true, password: password.input.value })
    const shown = el('input', {
      value: secret,
      readOnly: true,
      className: 'secret',
      'aria-label': say('secret'),
    })
    const code = codeField({ autofocus: true })
    const open = el('a', { href: uri }, say('openGenerator'))
    const fields = [note(say('secretHint')), shown, el('p', {}, open), code.field]
    if (!(await ask(say('turnOn'), fields, say('turnOn')))) return
    const given = { isEnabled: true, code: code.input.value.replace(/\s/g, '') }
    await showCodes(await change(ports, given))
  })
}

async function prove(ports, wish, title) {
  const password = passwordField()
  const code = codeField()
  if (!(await ask(title, [password.field, code.field], title))) return
  await tried(ports, async () => {
    const proof = { password: password.input.value, code: code.input.value.trim() }
    await showCodes(await change(ports, { ...wish, ...proof }))
  })
}

async function change(ports, patch) {
  const answer = await ports.jmap.set('TwoFactor/set', { update: { singleton: patch } })
  return answer.updated.singleton ?? {}
}

/** Each is good for once, and they are told once. */
async function showCodes({ recoveryCodes }) {
  if (!recoveryCodes) return
  const list = el('textarea', {
    readOnly: true,
    rows: recoveryCodes.length,
    className: 'secret',
    'aria-label': say('recoveryCodes'),
  })
  list.value = recoveryCodes.join('\n')
  await ask(say('recoveryCodes'), [note(say('codesHint')), list], t('ok'))
}

async function tried(ports, work) {
  try {
    await work()
  } catch (error) {
    ports.failed(error)
  }
  await ports.again()
}
