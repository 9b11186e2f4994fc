// What is answered while one is away, and where mail is sent on to.
import { el, toast } from './dom.js'
import { say } from './rules-words.js'
import { button, note, setting, toggle } from './settings-form.js'
import { say as said } from './settings-words.js'
import { t } from './words.js'

export function away() {
  return {
    name: 'away',
    title: say('away'),
    async draw(ports) {
      const [{ list }] = await ports.jmap.call([['VacationResponse/get', { ids: null }]])
      const now = list[0]
      const from = moment(now.fromDate)
      const to = moment(now.toDate)
      const subject = el('input', { value: now.subject ?? '', maxLength: 255 })
      const text = el('textarea', { rows: 6, value: now.textBody ?? '' })
      const save = (change) => keep(ports, 'VacationResponse/set', change)
      const given = () => ({
        fromDate: utcOf(from.value),
        toDate: utcOf(to.value),
        subject: subject.value.trim() || null,
        textBody: text.value || null,
      })
      return [
        note(say('awayHint')),
        toggle(say('awayOn'), isNow(now) ? say('awayNow') : '', now.isEnabled, (isEnabled) =>
          save({ ...given(), isEnabled }),
        ),
        setting(say('awayFrom'), '', from),
        setting(say('awayTo'), '', to),
        setting(say('awaySubject'), '', subject),
        el('label', { className: 'setting tall' }, el('span', {}, say('awayText')), text),
        el(
          'p',
          { className: 'starts' },
          button(said('keep'), () => save(given())),
        ),
        ...(await forwarding(ports)),
      ]
    },
  }
}

async function forwarding(ports) {
  const [{ list }] = await ports.jmap.call([['Forwarding/get', { ids: null }]])
  const { isEnabled, addresses, keepCopy } = list[0]
  const to = el('textarea', { rows: 2, value: addresses.join('\n') })
  const lines = () =>
    to.value
      .split(/[\n,]/)
      .map((each) => each.trim())
      .filter(Boolean)
  const save = (change) => keep(ports, 'Forwarding/set', { addresses: lines(), ...change })
  return [
    el('h3', {}, say('forwarding')),
    toggle(say('forwardOn'), '', isEnabled, (on) => save({ isEnabled: on })),
    el('label', { className: 'setting tall' }, el('span', {}, say('forwardTo')), to),
    toggle(say('keepCopy'), '', keepCopy, (on) => save({ keepCopy: on })),
    el(
      'p',
      { className: 'starts' },
      button(said('keep'), () => save({})),
    ),
  ]
}

async function keep(ports, name, change) {
  try {
    await ports.jmap.set(name, { update: { singleton: change } })
    toast(t('saved'))
  } catch (error) {
    ports.failed(error)
  }
  await ports.again()
}

/** @param {string | null} utc */
function moment(utc) {
  const input = el('input', { type: 'datetime-local' })
  if (utc) {
    const at = new Date(utc)
    input.value = new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
      .toISOString()
      .slice(0, 16)
  }
  return input
}

function utcOf(local) {
  return local === '' ? null : new Date(local).toISOString().replace(/\.\d+/, '')
}

function isNow({ isEnabled, fromDate, toDate }) {
  const now = Date.now()
  return (
    isEnabled && !(fromDate && now < Date.parse(fromDate)) && !(toDate && now >= Date.parse(toDate))
  )
}
