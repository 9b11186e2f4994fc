// Passkeys: coming in with one, and those a person has. The browser and the device do the rest.
import { ask, askSure } from './dialog.js'
import { el, toast } from './dom.js'
import { say } from './passkey-words.js'

/** Whether this browser has any, where this page is. */
export function hasPasskeys() {
  return 'PublicKeyCredential' in globalThis && !/^[\d.]+$|:/.test(location.hostname)
}

const headers = { 'content-type': 'application/json' }

async function post(path, body) {
  const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
  const said = await answer.json()
  if (answer.ok) return said
  throw new Error(say('passkeyNo'))
}

/** @param {string} text in base64url */
function bytesOf(text) {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}

/** @param {ArrayBuffer} buffer */
function textOf(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer))
  return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Comes in; what went wrong in words, or nothing. */
export async function comeIn() {
  try {
    const { challenge, rpId } = await post('/login/passkey', {})
    const publicKey = {
      challenge: bytesOf(challenge),
      rpId,
      userVerification: /** @type {const} */ ('required'),
    }
    const found = /** @type {any} */ (await navigator.credentials.get({ publicKey }))
    const { clientDataJSON, authenticatorData, signature } = found.response
    await post('/login/passkey', {
      id: found.id,
      clientDataJSON: textOf(clientDataJSON),
      authenticatorData: textOf(authenticatorData),
      signature: textOf(signature),
    })
    return ''
  } catch {
    return say('passkeyNo')
  }
}

/** @param {string} label @param {string} password @param {string} code */
async function make(label, password, code) {
  const { challenge, rpId, user, known } = await post('/passkeys', { password, code })
  const publicKey = {
    challenge: bytesOf(challenge),
    rp: { id: rpId, name: 'Amplop' },
    user: { ...user, id: bytesOf(user.id), displayName: user.displayName || user.name },
    pubKeyCredParams: [-7, -8, -257].map((alg) => ({
      type: /** @type {const} */ ('public-key'),
      alg,
    })),
    authenticatorSelection: {
      residentKey: /** @type {const} */ ('required'),
      userVerification: /** @type {const} */ ('required'),
    },
    excludeCredentials: known.map((id) => ({ type: 'public-key', id: bytesOf(id) })),
  }
  const made = /** @type {any} */ (await navigator.credentials.create({ publicKey }))
  const { clientDataJSON, attestationObject } = made.response
  const said = {
    clientDataJSON: textOf(clientDataJSON),
    attestationObject: textOf(attestationObject),
  }
  await post('/passkeys', { label, ...said })
}

/** Of the settings: those there are, and making one. */
export function passkeys() {
  return {
    name: 'passkeys',
    title: say('passkeys'),
    async draw({ jmap, again }) {
      const [{ list }] = await jmap.call([['Passkey/get', { ids: null }]])
      const rows = list.map(({ id, label }) => {
        const remove = async () => {
          if (!(await askSure(say('surePasskey', { name: label }), say('removePasskey')))) return
          await jmap.set('Passkey/set', { destroy: [id] }).catch(({ message }) => toast(message))
          await again()
        }
        const button = el('button', { type: 'button', onclick: remove }, say('removePasskey'))
        return el(
          'li',
          { className: 'line' },
          el('div', {}, label),
          el('div', { className: 'ends' }, button),
        )
      })
      const add = el('button', { type: 'button', onclick: () => added(again) }, say('addPasskey'))
      const hint = hasPasskeys() ? say('passkeyHint') : say('passkeyNowhere')
      return [
        el('p', { className: 'quiet' }, hint),
        el('ul', {}, ...rows),
        ...(hasPasskeys() ? [el('p', { className: 'starts' }, add)] : []),
      ]
    },
  }
}

async function added(again) {
  const label = el('input', { required: true, autocomplete: 'off', maxLength: 100 })
  const password = el('input', {
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  })
  const code = el('input', { autocomplete: 'one-time-code', maxLength: 40 })
  const fields = [
    el('label', {}, el('span', {}, say('passkeyName')), label),
    el('label', {}, el('span', {}, say('passkeyPassword')), password),
    el('label', {}, el('span', {}, say('passkeyCode')), code),
  ]
  if (!(await ask(say('addPasskey'), fields, say('addPasskey')))) return
  try {
    await make(label.value, password.value, code.value)
    toast(say('passkeyAdded'))
  } catch {
    toast(say('passkeyNo'))
  }
  await again()
}
