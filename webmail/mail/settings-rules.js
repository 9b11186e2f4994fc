// Rules, in their order and as sentences; below them the scripts that others wrote.
import { ask, askSure, askText } from './dialog.js'
import { action, el, toast } from './dom.js'
import { askRule } from './rule-form.js'
import { ruleSentence } from './rule-sentence.js'
import { say } from './rules-words.js'
import { button, line, note } from './settings-form.js'
import { say as said } from './settings-words.js'
import { mailboxName, t } from './words.js'

const sieve = 'urn:ietf:params:jmap:sieve'

export function rules() {
  return {
    name: 'rules',
    title: say('rules'),
    async draw(ports) {
      const [{ list }] = await ports.jmap.call([['Rule/get', { ids: null }]])
      const all = list.sort((a, b) => a.sortOrder - b.sortOrder)
      const rows = all.map((rule, at) => row(ports, rule, [all, at]))
      const sortOrder = (all.at(-1)?.sortOrder ?? 0) + 1
      const add = button(say('newRule'), async () => {
        const rule = await askRule(ports, {})
        if (rule) await set(ports, { create: { r: { ...rule, sortOrder } } })
      })
      return [
        note(say('rulesHint')),
        rows.length > 0 ? el('ul', {}, ...rows) : note(say('noRules')),
        el(
          'p',
          { className: 'starts' },
          add,
          button(say('runNow'), () => runNow(ports)),
        ),
        ...(await scripts(ports)),
      ]
    },
  }
}

function row(ports, rule, [all, at]) {
  const { id, name, isEnabled } = rule
  const on = el('input', {
    type: 'checkbox',
    role: 'switch',
    className: 'switch',
    'aria-label': say('enabled'),
  })
  on.checked = isEnabled
  on.addEventListener('change', () => set(ports, { update: { [id]: { isEnabled: on.checked } } }))
  const change = button(said('change'), async () => {
    const wish = await askRule(ports, rule)
    if (wish) await set(ports, { update: { [id]: wish } })
  })
  const remove = async () => {
    const what = name || ruleSentence(rule, ports.boxes(), ports.labels.all)
    if (await askSure(said('sureRemove', { what }), t('remove')))
      await set(ports, { destroy: [id] })
  }
  const up = action('up', say('earlier'), () => swap(ports, all, at))
  up.disabled = at === 0
  const words = ruleSentence(rule, ports.boxes(), ports.labels.all)
  const shown = name
    ? [el('b', { dir: 'auto' }, name), el('small', { dir: 'auto' }, words)]
    : [words]
  return line(shown, [on, up, change, action('trash', t('remove'), () => void remove())])
}

/** The one at `at` before the one above it; numbers are given anew, since two may be alike. */
function swap(ports, all, at) {
  const order = [...all]
  order.splice(at - 1, 0, ...order.splice(at, 1))
  const update = Object.fromEntries(order.map(({ id }, sortOrder) => [id, { sortOrder }]))
  return set(ports, { update })
}

async function set(ports, args) {
  try {
    await ports.jmap.set('Rule/set', args)
  } catch (error) {
    ports.failed(error)
  }
  await ports.again()
}

async function runNow(ports) {
  const { jmap, boxes, failed, changed } = ports
  const options = boxes().map((box) => el('option', { value: box.id }, mailboxName(box)))
  const place = el('select', { autofocus: true }, ...options)
  const field = el('label', {}, el('span', {}, say('runOn')), place)
  if (!(await ask(say('runNow'), [field], t('ok')))) return
  let [n, done] = [0, 0]
  try {
    for (let after = 0; after !== null; ) {
      const [answer] = await jmap.call([['Rule/run', { mailboxId: place.value, ids: null, after }]])
      n += answer.looked
      done += answer.changed
      after = answer.next
      if (after !== null) toast(say('running', { n, done }), '', undefined, 60)
    }
    toast(say('ran', { n, done }))
  } catch (error) {
    failed(error)
  }
  changed()
}

/** Where the server speaks of them; each as it was written. */
async function scripts(ports) {
  if (!(sieve in ports.jmap.session.capabilities)) return []
  const [{ list }] = await ports.jmap.call([['SieveScript/get', { ids: null }]])
  const rows = list.map((script) => {
    const { id, name, isActive } = script
    const word = isActive ? say('deactivate') : say('activate')
    const args = isActive ? { onSuccessDeactivateScript: true } : { onSuccessActivateScript: id }
    const turn = button(word, () => setScript(ports, args))
    const source = button(say('source'), () => edit(ports, script))
    const remove = action('trash', t('remove'), async () => {
      if (await askSure(said('sureRemove', { what: name }), t('remove')))
        await setScript(ports, { destroy: [id] })
    })
    remove.disabled = isActive
    return line([name, el('small', {}, isActive ? say('active') : '')], [turn, source, remove])
  })
  const add = button(say('newScript'), () => edit(ports, undefined))
  const starts = el('p', { className: 'starts' }, add)
  return [el('h3', {}, say('scripts')), note(say('scriptsHint')), el('ul', {}, ...rows), starts]
}

async function edit(ports, script) {
  const { jmap, failed } = ports
  try {
    const name = script?.name ?? (await askText(say('newScript'), { label: t('name') }))
    if (name === '') return
    const source = el('textarea', {
      rows: 18,
      className: 'source',
      spellcheck: false,
      'aria-label': say('source'),
    })
    if (script) {
      const answer = await fetch(jmap.url(script.blobId, `${name}.sieve`, 'application/sieve'))
      source.value = await answer.text()
    }
    const asked = ask(name, [source], said('keep'))
    source.closest('dialog')?.classList.add('wide')
    if (!(await asked)) return
    const { blobId } = await jmap.upload(
      new File([source.value], name, { type: 'application/sieve' }),
      () => {},
    ).done
    await setScript(
      ports,
      script ? { update: { [script.id]: { blobId } } } : { create: { s: { name, blobId } } },
    )
  } catch (error) {
    failed(error)
  }
}

async function setScript(ports, args) {
  try {
    await ports.jmap.set('SieveScript/set', args)
  } catch (error) {
    ports.failed(error)
  }
  await ports.again()
}
