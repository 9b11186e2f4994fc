// The accounts: found, added, changed, removed.
import { ask, askSure } from '../mail/dialog.js'
import { el } from '../mail/dom.js'
import { w } from './admin-words.js'
import { button, searchField, size, table, tried } from './pieces.js'

/** @type {import('./admin.js').Part} */
export async function accounts(place, api, signal) {
  const list = el('div', {})
  const wish = { text: '' }
  const look = async () => {
    const [found, { ids }] = [
      await api.find('Account', { text: wish.text }, 200),
      (await api.calls([['Account/query', { filter: { text: wish.text } }]]))[0],
    ]
    if (signal.aborted) return
    const rows = found.map((each) => rowOf(each, api, look))
    const heads = [w('address'), w('name'), w('used'), w('state'), w('actions')]
    const more = ids.length > found.length ? [el('p', {}, w('more', { n: ids.length }))] : []
    list.replaceChildren(table(heads, rows, w('accounts')), ...more)
  }
  const search = searchField(w('search'), (text) => {
    wish.text = text
    look()
  })
  const add = button(w('addAccount'), () => addAccount(api, look), 'primary')
  place.replaceChildren(el('div', { className: 'bar' }, search, add), list)
  await look()
}

function rowOf(account, api, look) {
  const { id, address, name, bytes, messages, quotaBytes, isDisabled, isAdmin, hasTwoFactor } =
    account
  const change = (patch) =>
    tried(() => api.set('Account', { update: { [id]: patch } }), w('done'), look)
  const states = [
    isDisabled ? w('disabled') : w('active'),
    isAdmin ? w('isAdmin') : '',
    hasTwoFactor ? w('twoFactor') : '',
  ].filter((each) => each)
  const of = quotaBytes > 0 ? ` / ${size(quotaBytes)}` : ''
  const menu = el(
    'details',
    { className: 'menu-of' },
    el('summary', { 'aria-label': `${w('actions')}: ${address}` }, w('actions')),
    el(
      'div',
      {},
      button(w('newPassword'), () => newPassword(address, change)),
      button(w('quota'), () => newQuota(address, quotaBytes, change)),
      button(isDisabled ? w('enable') : w('disable'), () => change({ isDisabled: !isDisabled })),
      button(isAdmin ? w('noMoreAdmin') : w('makeAdmin'), () => change({ isAdmin: !isAdmin })),
      hasTwoFactor ? button(w('resetTwoFactor'), () => change({ hasTwoFactor: false })) : undefined,
      button(w('remove'), () => remove(account, api, look), 'danger'),
    ),
  )
  const used = `${size(bytes)}${of} · ${w('messages', { n: messages })}`
  return [address, name, used, states.join(', '), menu]
}

function field(label, given) {
  const input = el('input', given)
  return { input, label: el('label', {}, el('span', {}, label), input) }
}

const secretField = (label) =>
  field(label, { type: 'password', autocomplete: 'new-password', required: true, minLength: 8 })

async function addAccount(api, look) {
  const address = field(w('address'), { required: true, autocomplete: 'off', autofocus: true })
  const name = field(w('name'), { autocomplete: 'off' })
  const password = secretField(w('password'))
  const quota = field(w('quotaGb'), { type: 'number', min: 0, step: 'any', value: '0' })
  const fields = [address, name, password, quota].map(({ label }) => label)
  if (!(await ask(w('addAccount'), fields, w('add')))) return
  const a = {
    ...{ address: address.input.value.trim(), name: name.input.value.trim() },
    ...{ password: password.input.value, quotaBytes: bytesOf(quota.input.value) },
  }
  await tried(() => api.set('Account', { create: { a } }), w('added', { name: a.address }), look)
}

/** @param {string} gigabytes */
function bytesOf(gigabytes) {
  return Math.round(Number(gigabytes || 0) * 1e9)
}

async function newPassword(address, change) {
  const password = secretField(w('password'))
  if (await ask(`${w('newPassword')}: ${address}`, [password.label], w('save')))
    await change({ password: password.input.value })
}

async function newQuota(address, quotaBytes, change) {
  const given = { type: 'number', min: 0, step: 'any', value: String(quotaBytes / 1e9) }
  const quota = field(w('quotaGb'), given)
  if (await ask(`${w('quota')}: ${address}`, [quota.label], w('save')))
    await change({ quotaBytes: bytesOf(quota.input.value) })
}

async function remove({ id, address }, api, look) {
  if (await askSure(w('sureAccount', { name: address }), w('remove')))
    await tried(() => api.set('Account', { destroy: [id] }), w('removed', { name: address }), look)
}
