// Domains: the records to publish and what others see of them; and aliases.
import { ask, askSure, askText } from '../mail/dialog.js'
import { el, toast } from '../mail/dom.js'
import { w } from './admin-words.js'
import { button, dot, table, tried } from './pieces.js'

/** Which check says whether a record is there. */
const checkOf = [
  [/^_dmarc\./, 'dmarc'],
  [/\._domainkey\./, 'dkim'],
  [/^_mta-sts\.|^mta-sts\./, 'mta-sts'],
  [/^_smtp\._tls\./, 'tlsrpt'],
  [/^_25\._tcp\./, 'tlsa'],
  [/^autoconfig\.|^autodiscover\./, 'autoconfig'],
]

/** @type {import('./admin.js').Part} */
export async function domains(place, api, signal) {
  const look = async () => {
    const language = document.documentElement.lang
    const [all, checks, aliases] = await api.calls([
      ['Domain/get', {}],
      ['DnsCheck/get', { language }],
      ['Alias/get', {}],
    ])
    if (signal.aborted) return
    const cards = all.list.map((domain) => {
      const check = checks.list.find(({ id }) => id === domain.id)
      return domainCard(domain, check, api, look)
    })
    const add = button(w('addDomain'), () => addDomain(api, look), 'primary')
    place.replaceChildren(
      el('div', { className: 'bar' }, add),
      ...cards,
      aliasCard(aliases.list, api, look),
    )
    if (checks.list.some(({ checkedAt }) => checkedAt === null)) setTimeout(look, 2_000)
  }
  await look()
}

function domainCard(domain, check, api, look) {
  const { id, name, isFixed, isDefault } = domain
  const rows = (check?.records ?? []).map((record) => {
    const state = stateOf(record, check.findings)
    const copy = button(w('copy'), () => copied(record.data))
    copy.setAttribute('aria-label', `${w('copy')}: ${record.type} ${record.name}`)
    return [
      dot(state, w(state)),
      record.type,
      el('code', {}, record.name),
      el('code', {}, record.data),
      copy,
    ]
  })
  const heads = [w('state'), w('type'), w('name'), w('value'), w('copy')]
  const remove = button(w('remove'), async () => {
    if (await askSure(w('sureDomain', { name }), w('remove')))
      await tried(() => api.set('Domain', { destroy: [id] }), w('removed', { name }), look)
  })
  const anew = { update: { [id]: { isChecking: true } } }
  const again = button(w('again'), () => tried(() => api.set('DnsCheck', anew), w('looking'), look))
  const bad = (check?.findings ?? []).filter(({ state }) => state === 'bad' || state === 'warning')
  const fixes = bad.map(({ check: about, state, why, fix }) =>
    el('li', { className: 'row' }, dot(state, w(state)), el('span', {}, `${about}: ${why} ${fix}`)),
  )
  return el(
    'section',
    { className: 'card' },
    el('h2', {}, name, isDefault ? el('small', {}, ` ${w('default')}`) : undefined),
    el('div', { className: 'bar' }, again, isFixed ? undefined : remove),
    check?.checkedAt ? el('ul', {}, ...fixes) : el('p', { className: 'quiet' }, w('looking')),
    table(heads, rows, `${w('records')}: ${name}`),
  )
}

function stateOf({ name, type, data }, findings) {
  const found = checkOf.find(([form]) => /** @type {RegExp} */ (form).test(name))?.[1]
  const byType = { A: 'address', AAAA: 'address', MX: 'mx', CAA: 'caa', SRV: 'srv' }[type]
  const check = found ?? byType ?? (/^"v=spf1/.test(data) ? 'spf' : '')
  return findings.find((each) => each.check === check)?.state ?? 'unknown'
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text)
    toast(w('copied'))
  } catch {
    toast(text)
  }
}

async function addDomain(api, look) {
  const name = await askText(w('addDomain'), { label: w('name'), agree: w('add') })
  if (name !== '')
    await tried(() => api.set('Domain', { create: { d: { name } } }), w('added', { name }), look)
}

function aliasCard(aliases, api, look) {
  const rows = aliases.map(({ id, address, targets }) => {
    const gone = () =>
      tried(() => api.set('Alias', { destroy: [id] }), w('removed', { name: address }), look)
    return [address, targets.join(', '), button(w('remove'), gone)]
  })
  return el(
    'section',
    { className: 'card' },
    el('h2', {}, w('aliases')),
    el(
      'div',
      { className: 'bar' },
      button(w('addAlias'), () => addAlias(api, look)),
    ),
    rows.length > 0
      ? table([w('address'), w('targets'), w('actions')], rows, w('aliases'))
      : el('p', { className: 'quiet' }, w('none')),
  )
}

async function addAlias(api, look) {
  const address = el('input', { required: true, autocomplete: 'off', autofocus: true })
  const targets = el('input', { required: true, autocomplete: 'off' })
  const fields = [
    el('label', {}, el('span', {}, w('address')), address),
    el('label', {}, el('span', {}, w('targets')), targets),
  ]
  if (!(await ask(w('addAlias'), fields, w('add')))) return
  const to = targets.value.split(/[\s,;]+/).filter((each) => each)
  const a = { address: address.value.trim(), targets: to }
  await tried(() => api.set('Alias', { create: { a } }), w('added', { name: a.address }), look)
}
