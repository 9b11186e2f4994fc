// As whom one writes: addresses, names and signatures; and the labels.
import { askLabel } from './actions.js'
import { ask, askSure } from './dialog.js'
import { el } from './dom.js'
import { say as listed } from './list-words.js'
import { button, line, note } from './settings-form.js'
import { say } from './settings-words.js'
import { t } from './words.js'

export function identities() {
  return {
    name: 'identities',
    title: say('identities'),
    async draw(ports) {
      const [{ list }] = await ports.jmap.call([['Identity/get', { ids: null }]])
      const rows = list.map((identity) => {
        const { id, name, email, textSignature, mayDelete } = identity
        const short = textSignature.split('\n').find((each) => each.trim()) ?? ''
        const words = [
          el('b', {}, name || email),
          el('small', {}, [name ? email : '', short].filter(Boolean).join(' · ')),
        ]
        const change = button(say('change'), () => edit(ports, identity))
        const remove = button(t('remove'), async () => {
          if (await askSure(say('sureRemove', { what: email }), t('remove')))
            await set(ports, { destroy: [id] })
        })
        return line(words, mayDelete ? [change, remove] : [change])
      })
      const add = button(say('newIdentity'), () => edit(ports, undefined))
      return [
        note(say('identitiesHint')),
        el('ul', {}, ...rows),
        el('p', { className: 'starts' }, add),
      ]
    },
  }
}

/** @param {any} ports @param {any} identity undefined for a new one */
async function edit(ports, identity) {
  const name = el('input', { value: identity?.name ?? '', autocomplete: 'name', autofocus: true })
  const email = el('input', { type: 'email', required: true, value: identity?.email ?? '' })
  const reply = el('input', { type: 'email', value: identity?.replyTo?.[0]?.email ?? '' })
  const signature = el('textarea', { rows: 5, value: identity?.textSignature ?? '' })
  const field = (label, control) => el('label', {}, el('span', {}, label), control)
  const fields = [
    ...(identity ? [] : [field(t('address'), email)]),
    field(say('shownName'), name),
    field(say('replyTo'), reply),
    field(say('signature'), signature),
  ]
  if (!(await ask(identity?.email ?? say('newIdentity'), fields, say('keep')))) return
  const replyTo = reply.value.trim() === '' ? null : [{ name: null, email: reply.value.trim() }]
  const given = { name: name.value.trim(), replyTo, textSignature: signature.value }
  const args = identity
    ? { update: { [identity.id]: given } }
    : { create: { i: { ...given, email: email.value.trim() } } }
  await set(ports, args)
}

async function set(ports, args) {
  try {
    await ports.jmap.set('Identity/set', args)
    await ports.again()
  } catch (error) {
    ports.failed(error)
  }
}

export function labels() {
  return {
    name: 'labels',
    title: listed('labels'),
    draw(ports) {
      const { labels: all, failed, again } = ports
      const rows = all.all.map((label) => {
        const dot = el('i', { className: 'spot', 'data-colour': label.colour })
        const change = button(say('change'), async () => {
          await askLabel(all, label).catch(failed)
          await again()
        })
        const remove = button(t('remove'), async () => {
          const question = say('sureRemoveLabel', { what: label.name })
          if (await askSure(question, t('remove'))) await all.remove(label.keyword).catch(failed)
          await again()
        })
        return line(
          [el('b', {}, dot, label.name), el('small', {}, label.keyword)],
          [change, remove],
        )
      })
      const add = button(listed('newLabel'), async () => {
        await askLabel(all).catch(failed)
        await again()
      })
      return [note(say('labelsHint')), el('ul', {}, ...rows), el('p', { className: 'starts' }, add)]
    },
  }
}
