// "Is my mail OK?": one sentence, and behind it four groups of what was looked at. Loads what was
// found last, and looks again behind it.
import { el } from '../mail/dom.js'
import { w } from './admin-words.js'
import { button, dot, every, size, sparkline, tried, when } from './pieces.js'

const groups = {
  receiving: ['address', 'mx', 'certificate', 'mta-sts', 'tlsa', 'srv', 'autoconfig'],
  sending: ['spf', 'dkim', 'dmarc', 'ptr', 'port-25', 'blocklists', 'refusals', 'tlsrpt'],
  machine: ['resolver', 'clock', 'caa'],
}
const order = ['bad', 'warning', 'unknown', 'good']

/** @type {import('./admin.js').Part} */
export async function home(place, api, signal) {
  const look = async () => {
    const language = document.documentElement.lang
    const [servers, checks, series, jobs] = await api.calls([
      ['Server/get', {}],
      ['DnsCheck/get', { language }],
      ['MetricSeries/get', {}],
      ['BackupJob/query', { limit: 1 }],
    ])
    const backups = jobs.ids.length > 0 ? await api.get('BackupJob', { ids: jobs.ids }) : []
    // What somebody reads must not go from under their eyes.
    if (signal.aborted || place.querySelector('details[open]')) return
    const [server] = servers.list
    const own = serverFindings(server, backups[0])
    const domains = checks.list
    place.replaceChildren(
      verdict(domains, own),
      el(
        'div',
        { className: 'grid' },
        ...domains.flatMap((check) => domainGroups(check, domains.length > 1)),
        group(w('system'), own, ''),
        hour(series.list),
      ),
      el(
        'p',
        {},
        button(w('again'), () => tried(() => anew(domains), w('looking'), look)),
      ),
    )
  }
  const anew = (domains) =>
    api.set('DnsCheck', {
      update: Object.fromEntries(domains.map(({ id }) => [id, { isChecking: true }])),
    })
  await every(5_000, signal, look)
}

/** What of the server itself is as it should be. */
function serverFindings(server, backup) {
  const { queue, disk, loopMs } = server.status
  const rows = queue?.rows ?? 0
  const old = queue?.oldest > 0 && Date.now() - queue.oldest > 4 * 3_600_000
  const free = disk?.freeBytes ?? 0
  const state = (bad, warning) => (bad ? 'bad' : warning ? 'warning' : 'good')
  const last =
    backup?.state === 'done' && Date.now() - Date.parse(backup.startedAt) < 8 * 86_400_000
  return [
    {
      state: state(!server.isReady, false),
      text: w('ready', { version: server.version }),
      fix: '',
    },
    { state: state(false, old), text: w('waits', { n: rows }), fix: old ? w('waitsLong') : '' },
    { state: state(free < 1e9, free < 5e9), text: w('free', { size: size(free) }), fix: '' },
    {
      state: state(backup?.state === 'failed', !last),
      text: backup ? w('lastBackup', { when: when(backup.startedAt) }) : w('noBackup'),
      fix: server.backupFolder === '' ? w('backupHow') : (backup?.failure ?? ''),
    },
    { state: state(false, loopMs?.p99 > 200), text: w('loop', { n: loopMs?.p99 ?? 0 }), fix: '' },
  ]
}

function verdict(checks, own) {
  const states = [...checks.flatMap(({ findings }) => findings), ...own].map(({ state }) => state)
  const count = (state) => states.filter((each) => each === state).length
  const checking = checks.some(({ checkedAt }) => checkedAt === null)
  const [bad, warning] = [count('bad'), count('warning')]
  const state = checking ? 'unknown' : bad > 0 ? 'bad' : warning > 0 ? 'warning' : 'good'
  const text = checking
    ? w('looking')
    : bad > 0
      ? w('isBad', { n: bad })
      : warning > 0
        ? w('isSo', { n: warning })
        : w('isGood')
  return el('p', { className: `verdict ${state}` }, dot(state, w(state)), el('span', {}, text))
}

function domainGroups({ domain, findings, checkedAt }, named) {
  if (checkedAt === null) return []
  return Object.entries(groups).map(([name, checks]) => {
    const found = findings
      .filter(({ check }) => checks.includes(check))
      .toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
      .map((finding) => ({ ...finding, text: textOf(finding) }))
    return group(
      named ? `${w(name)}: ${domain}` : w(name),
      found,
      w('seen', { when: when(checkedAt) }),
    )
  })
}

function textOf({ check, have, state }) {
  return state === 'good' ? `${check}: ${have}` : `${check}: ${have || w('nothing')}`
}

function group(title, findings, note) {
  const rows = findings.map(({ state, text, why, fix, want }) => {
    const head = [dot(state, w(state)), el('span', {}, text)]
    const more = [why, want ? `${w('want')}: ${want}` : '', fix].filter((each) => each)
    if (state === 'good' || more.length === 0) return el('li', { className: 'row' }, ...head)
    const words = more.map((each) => el('p', {}, each))
    return el('li', {}, el('details', {}, el('summary', { className: 'row' }, ...head), ...words))
  })
  const foot = note ? [el('p', { className: 'quiet' }, note)] : []
  return el('section', { className: 'card' }, el('h2', {}, title), el('ul', {}, ...rows), ...foot)
}

function hour(series) {
  const lines = ['accepted', 'refused', 'queued'].flatMap((id) => {
    const found = series.find((each) => each.id === id)
    if (!found) return []
    const sum =
      id === 'queued' ? (found.points.at(-1) ?? 0) : found.points.reduce((a, b) => a + b, 0)
    const label = w(`hour_${id}`, { n: sum })
    return [el('li', {}, el('span', {}, label), sparkline(found.points, label))]
  })
  return el('section', { className: 'card' }, el('h2', {}, w('hour')), el('ul', {}, ...lines))
}
