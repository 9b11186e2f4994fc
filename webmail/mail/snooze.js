// When mail that is put off comes back: times that people mean, and one that is picked.
import { ask } from './dialog.js'
import { el } from './dom.js'
import { say } from './list-words.js'
import { openMenu } from './menu.js'
import { longDate } from './words.js'

const morning = 8
const evening = 18
const hourMs = 3_600_000

/**
 * The times that are offered at a moment, each later than the one before.
 * @param {Date} now @returns {(readonly [string, Date])[]}
 */
export function timesAt(now) {
  const at = (days, hour) => {
    const time = new Date(now)
    time.setDate(time.getDate() + days)
    time.setHours(hour, 0, 0, 0)
    return time
  }
  const inThree = new Date(now.getTime() + 3 * hourMs)
  inThree.setMinutes(0, 0, 0)
  const weekday = now.getDay()
  const offers = /** @type {(readonly [string, Date])[]} */ ([
    ['laterToday', inThree],
    ['evening', at(0, evening)],
    ['tomorrow', at(1, morning)],
    ['weekend', at(6 - weekday, morning)],
    ['nextWeek', at((8 - weekday) % 7 || 7, morning)],
  ])
  const today = now.toDateString()
  return offers.filter(([name, time]) => {
    if (name === 'laterToday') return time.toDateString() === today && time.getHours() < evening
    // What tomorrow is already need not be offered twice.
    const another = name === 'weekend' || name === 'nextWeek'
    if (another) return time.getTime() > at(1, morning).getTime()
    return time.getTime() > now.getTime() + hourMs / 2
  })
}

/** @param {Element | {x: number, y: number}} at @param {(until: Date) => unknown} chosen @param {(() => unknown) | undefined} back */
export function openSnooze(at, chosen, back) {
  const now = new Date()
  const times = timesAt(now).map(([name, time]) => ({
    label: say(/** @type {any} */ (name)),
    icon: 'clock',
    hint: shortTime(time, now),
    act: () => chosen(time),
  }))
  const pick = async () => {
    const time = await askTime(say('snooze'), now)
    if (time) await chosen(time)
  }
  const again = back ? [{ label: say('unsnooze'), icon: 'inbox', act: back }] : []
  openMenu(
    at,
    [...again, ...times, { label: say('pickTime'), icon: 'calendar', act: pick }],
    say('snooze'),
  )
}

/** A moment to come that is asked for. @param {string} title @param {Date} now */
export async function askTime(title, now) {
  const local = (time) =>
    new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
  const tomorrow = new Date(now.getTime() + 24 * hourMs)
  tomorrow.setHours(morning, 0, 0, 0)
  const input = el('input', {
    type: 'datetime-local',
    required: true,
    min: local(now),
    value: local(tomorrow),
    autofocus: true,
  })
  const field = el('label', {}, el('span', {}, say('when')), input)
  if (!(await ask(title, [field], title))) return undefined
  const time = new Date(input.value)
  return time.getTime() > Date.now() ? time : undefined
}

function shortTime(time, now) {
  const lang = document.documentElement.lang
  const hour = /** @type {const} */ ({ hour: '2-digit', minute: '2-digit' })
  if (time.toDateString() === now.toDateString()) return time.toLocaleTimeString(lang, hour)
  return time.toLocaleString(lang, { weekday: 'short', ...hour })
}

/** Until when each email is put off, by its id. @param {any} jmap */
export async function snoozes(jmap) {
  const [{ list }] = await jmap.call([['Snooze/get', { ids: null }]])
  return new Map(list.map(({ emailId, until }) => [emailId, until]))
}

/** @param {Date} time */
export function spokenTime(time) {
  return longDate(time.toISOString())
}
