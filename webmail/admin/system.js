// The server itself: its certificate, its backups, its settings.
import { ask } from '../mail/dialog.js'
import { el } from '../mail/dom.js'
import { w } from './admin-words.js'
import { button, dot, searchField, size, table, tried, when } from './pieces.js'

/** @type {import('./admin.js').Part} */
export async function system(place, api, signal) {
  const certificates = el('section', { className: 'card' })
  const backups = el('section', { className: 'card' })
  const settings = el('div', {})
  const wish = { text: '' }
  const lookSettings = async () => {
    const found = await api.find('Setting', { text: wish.text }, 500)
    if (signal.aborted) return
    const heads = [w('name'), w('value'), w('saidBy'), w('actions')]
    settings.replaceChildren(
      table(
        heads,
        found.map((each) => settingRow(each, api, lookSettings)),
        w('settings'),
      ),
    )
  }
  const lookBackups = async () => {
    const [servers, jobs] = await api.calls([
      ['Server/get', {}],
      ['BackupJob/get', {}],
    ])
    if (signal.aborted) return
    backupCard(backups, servers.list[0], jobs.list, () =>
      tried(() => api.set('BackupJob', { create: { b: {} } }), w('begun'), lookBackups),
    )
    if (jobs.list.some(({ state }) => state === 'running')) setTimeout(lookBackups, 1_000)
  }
  const search = searchField(w('search'), (text) => {
    wish.text = text
    lookSettings()
  })
  const all = el(
    'section',
    { className: 'card' },
    el('h2', {}, w('settings')),
    el('div', { className: 'bar' }, search),
    settings,
  )
  place.replaceChildren(certificates, backups, all)
  certificateCard(certificates, (await api.get('Certificate'))[0])
  await lookBackups()
  await lookSettings()
}

/** @param {HTMLElement} card @param {import('../../src/protocols/jmap/administration/types.ts').AdminCertificate | undefined} certificate */
function certificateCard(card, certificate) {
  const { names, issuer, notAfter, isCertified, refusal } = certificate ?? {}
  const days = certificate ? (Date.parse(notAfter ?? '') - Date.now()) / 86_400_000 : 0
  const state =
    !certificate || days < 0 || refusal ? 'bad' : days < 14 || !isCertified ? 'warning' : 'good'
  const rows = certificate
    ? [
        el('p', { className: 'row' }, dot(state, w(state)), el('span', {}, names ?? '')),
        el('p', {}, w('until', { when: when(notAfter ?? null) })),
        el('p', { className: 'quiet' }, isCertified ? (issuer ?? '') : w('selfSigned')),
        ...(refusal ? [el('p', {}, refusal)] : []),
      ]
    : [el('p', {}, w('none'))]
  card.replaceChildren(el('h2', {}, w('certificate')), ...rows)
}

function backupCard(card, { backupFolder }, jobs, start) {
  const rows = jobs
    .slice(0, 10)
    .map(({ state, startedAt, bytes, copiedBytes, folder, failure }) => {
      const sign = { running: 'unknown', done: 'good', failed: 'bad' }[state] ?? 'unknown'
      const text = state === 'done' ? `${size(bytes)} (+${size(copiedBytes)})` : failure
      return [
        el('span', { className: 'row' }, dot(sign, w(sign)), w(`job_${state}`)),
        when(startedAt),
        folder,
        text,
      ]
    })
  const heads = [w('state'), w('began'), w('folder'), w('result')]
  card.replaceChildren(
    el('h2', {}, w('backups')),
    backupFolder === ''
      ? el('p', {}, w('backupHow'))
      : el('div', { className: 'bar' }, button(w('backUp'), start, 'primary')),
    rows.length > 0
      ? table(heads, rows, w('backups'))
      : el('p', { className: 'quiet' }, w('noBackup')),
  )
}

function settingRow({ id, key, value, stored, from, pending }, api, look) {
  const text = (given) => (typeof given === 'string' ? given : JSON.stringify(given))
  const set = (given, done) =>
    tried(() => api.set('Setting', { update: { [id]: { value: given } } }), done, look)
  const change = async () => {
    const input = el('input', { value: text(stored), autofocus: true, autocomplete: 'off' })
    const label = el('label', {}, el('span', {}, w('value')), input)
    if (await ask(key, [label], w('save'))) await set(input.value, w('done'))
  }
  const edit = button(w('change'), change)
  edit.setAttribute('aria-label', `${w('change')}: ${key}`)
  const unset = from === 'set' ? button(w('unset'), () => set(null, w('done'))) : undefined
  const waits = pending === '' ? '' : ` → ${text(stored)} (${w(`after_${pending}`)})`
  return [
    el('code', {}, key),
    `${text(value)}${waits}`,
    w(`from_${from}`),
    el('span', { className: 'row' }, edit, unset),
  ]
}
