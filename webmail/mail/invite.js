// An invitation that came with a message: what, when, where and from whom. Knows RFC 5545 as far as
// that.
import { el, icon } from './dom.js'
import { word } from './reading-words.js'

const readMaxChars = 200_000

/** The first event of a calendar; undefined where there is none. @param {string} text */
export function eventIn(text) {
  const lines = text
    .slice(0, readMaxChars)
    .replace(/\r?\n[ \t]/g, '')
    .split(/\r?\n/)
  const from = lines.indexOf('BEGIN:VEVENT')
  if (from < 0) return undefined
  const to = lines.indexOf('END:VEVENT', from)
  const event = lines.slice(from + 1, to < 0 ? undefined : to)
  const field = (name) => {
    const found = event.find((line) => new RegExp(`^${name}[;:]`, 'i').test(line))
    const [, params = '', value = ''] =
      /^[^;:]*((?:;[^:"]*(?:"[^"]*")?)*):(.*)$/.exec(found ?? '') ?? []
    return { params, value: value.replace(/\\n/gi, '\n').replace(/\\([,;\\])/g, '$1') }
  }
  const method =
    lines
      .find((line) => /^METHOD:/i.test(line))
      ?.slice(7)
      .toUpperCase() ?? ''
  const organiser = field('ORGANIZER')
  const [, quoted, bare] = /CN=(?:"([^"]*)"|([^;:]+))/i.exec(organiser.params) ?? []
  const name = quoted ?? bare ?? ''
  return {
    ...{ method, summary: field('SUMMARY').value, place: field('LOCATION').value },
    ...{ start: momentOf(field('DTSTART')), end: momentOf(field('DTEND')) },
    organiser: name || organiser.value.replace(/^mailto:/i, ''),
  }
}

/** RFC 5545 §3.3.5: a day, a moment, or a time of a named zone, which is shown as it stands. */
function momentOf({ params, value }) {
  const [, y, m = '1', d = '1', hour, minute = '0', , utc] =
    /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/.exec(value) ?? []
  if (!y) return undefined
  const zone = /TZID="?([^";:]+)/i.exec(params)?.[1] ?? ''
  const at = utc
    ? new Date(Date.UTC(+y, +m - 1, +d, +(hour ?? 0), +minute))
    : new Date(+y, +m - 1, +d, +(hour ?? 0), +minute)
  return { at, day: hour === undefined, zone: utc ? '' : zone }
}

/** @param {any} jmap @param {any} email */
export function invite(jmap, email) {
  const found = [...email.attachments, ...email.textBody].find(
    ({ type }) => type === 'text/calendar',
  )
  if (!found) return []
  const holder = el('div', { className: 'invite', hidden: true })
  void fetch(jmap.url(found.blobId, 'invite.txt', 'text/plain'))
    .then((answer) => answer.text())
    .then((text) => {
      const event = eventIn(text)
      if (event) holder.replaceChildren(...card(event))
      holder.hidden = !event
    })
  return [holder]
}

function card({ method, summary, place, start, end, organiser }) {
  const row = (name, text) => (text ? [el('dt', {}, name), el('dd', { dir: 'auto' }, text)] : [])
  return [
    icon('calendar'),
    el('b', { dir: 'auto' }, summary || word('invitation')),
    method === 'CANCEL'
      ? el('span', { className: 'say', 'data-state': 'bad' }, word('calledOff'))
      : '',
    el(
      'dl',
      {},
      ...row(word('when'), span(start, end)),
      ...row(word('where'), place),
      ...row(word('invites'), organiser),
    ),
  ]
}

function span(start, end) {
  if (!start) return ''
  const lang = document.documentElement.lang
  const form = new Intl.DateTimeFormat(lang, {
    dateStyle: 'full',
    ...(start.day ? {} : { timeStyle: 'short' }),
  })
  const shown = end && !start.day ? form.formatRange(start.at, end.at) : form.format(start.at)
  return start.zone ? `${shown} (${start.zone})` : shown
}
