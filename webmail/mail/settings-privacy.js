// What the page tells of, whose pictures it loads, and who may come in.
import { ask, askSure, askText } from './dialog.js'
import { el, toast } from './dom.js'
import { noticesOn, turnNotices } from './notices.js'
import { forgetKept } from './offline.js'
import { button, line, note, toggle } from './settings-form.js'
import { secondFactor } from './settings-second.js'
import { say } from './settings-words.js'
import { longDate, t } from './words.js'

export function notifications() {
  return {
    name: 'notifications',
    title: say('notifications'),
    draw({ again }) {
      const change = async (on) => {
        if (on && !(await turnNotices(true))) toast(say('noticesDenied'))
        if (!on) await turnNotices(false)
        await again()
      }
      return [toggle(say('notices'), say('noticesHint'), noticesOn(), change)]
    },
  }
}

export function privacy() {
  return {
    name: 'privacy',
    title: say('privacy'),
    draw({ preferences, again, failed }) {
      const trusted = preferences.get('picturesFrom', [])
      const rows = trusted.map((address) => {
        const remove = button(t('remove'), async () => {
          const left = trusted.filter((one) => one !== address)
          await preferences.set('picturesFrom', left).catch(failed)
          await again()
        })
        return line([address], [remove])
      })
      const none = note(say('noTrusted'))
      return [note(say('trustedHint')), rows.length > 0 ? el('ul', {}, ...rows) : none]
    },
  }
}

export function security() {
  return {
    name: 'security',
    title: say('security'),
    async draw(ports) {
      const [sessions, passwords] = await ports.jmap.call([
        ['LoginSession/get', { ids: null }],
        ['AppPassword/get', { ids: null }],
      ])
      const add = button(say('newAppPassword'), () => newPassword(ports))
      const out = button(say('logoutEverywhere'), async () => {
        if (!(await askSure(say('sureEverywhere'), say('logoutEverywhere')))) return
        const headers = { 'content-type': 'application/json' }
        const body = JSON.stringify({ everywhere: true })
        await fetch('/logout', { method: 'POST', headers, body })
        forgetKept()
        location.assign('/mail/')
      })
      return [
        ...(await secondFactor(ports)),
        el('h3', {}, say('appPasswords')),
        note(say('appPasswordsHint')),
        el('ul', {}, ...passwords.list.map((each) => passwordRow(ports, each))),
        el('p', { className: 'starts' }, add),
        el('h3', {}, say('sessions')),
        el('ul', {}, ...sessions.list.map((each) => sessionRow(ports, each))),
        el('p', { className: 'starts' }, out),
      ]
    },
  }
}

function passwordRow(ports, { id, label, createdAt, usedAt }) {
  const used = usedAt ? say('usedAt', { when: longDate(usedAt) }) : say('neverUsed')
  const about = [say('madeAt', { when: longDate(createdAt) }), used].join(' · ')
  const remove = button(t('remove'), async () => {
    const question = say('sureRemovePassword', { what: label })
    if (await askSure(question, t('remove'))) await set(ports, 'AppPassword/set', { destroy: [id] })
  })
  return line([el('b', {}, label), el('small', {}, about)], [remove])
}

function sessionRow(ports, { id, createdAt, usedAt, client, agent, isCurrent }) {
  const about = [client, say('usedAt', { when: longDate(usedAt ?? createdAt) })].join(' · ')
  const end = button(say('endSession'), () => set(ports, 'LoginSession/set', { destroy: [id] }))
  const name = el('b', {}, programOf(agent))
  return line(
    [name, el('small', {}, about)],
    isCurrent ? [el('span', { className: 'quiet' }, say('thisOne'))] : [end],
  )
}

async function newPassword(ports) {
  const label = await askText(say('newAppPassword'), { label: say('forWhat') })
  if (label === '') return
  try {
    const answer = await ports.jmap.set('AppPassword/set', { create: { p: { label } } })
    const { password } = answer.created.p
    const shown = el('input', { value: password, readOnly: true, className: 'secret' })
    shown.addEventListener('focus', () => shown.select())
    const copy = button(say('copy'), () =>
      navigator.clipboard.writeText(password).then(() => toast(say('copied')), ports.failed),
    )
    await ask(label, [note(say('passwordOnce')), shown, copy], t('close'))
    await ports.again()
  } catch (error) {
    ports.failed(error)
  }
}

async function set(ports, name, args) {
  try {
    await ports.jmap.set(name, args)
    await ports.again()
  } catch (error) {
    ports.failed(error)
  }
}

/** "Firefox, Linux" of what a browser says of itself. @param {string} agent */
export function programOf(agent) {
  const browsers = ['Firefox', 'Edg', 'OPR', 'Chrome', 'Safari', 'curl']
  const systems = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux']
  const browser = browsers.find((name) => agent.includes(name))
  const shown = { Edg: 'Edge', OPR: 'Opera' }[browser ?? ''] ?? browser
  const system = systems.find((name) => agent.includes(name))
  return [shown, system].filter(Boolean).join(', ') || agent || '?'
}
