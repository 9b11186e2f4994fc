// The form of a rule: conditions and actions, each a line of choices. Knows which go together.
import { ask } from './dialog.js'
import { action, el } from './dom.js'
import { say } from './rules-words.js'
import { say as said } from './settings-words.js'
import { mailboxName, t } from './words.js'

const words = ['contains', 'is', 'startsWith', 'endsWith']
const both = (tests) => tests.flatMap((test) => [test, `not_${test}`])
const tests = {
  ...{ from: both(words), to: both(words), subject: both(words), list: both(words) },
  ...{ body: both(['contains']), header: both([...words, 'exists']) },
  ...{ size: ['over', 'under'], attachment: both(['exists']) },
}
const deeds = [
  'move',
  'flag',
  'star',
  'read',
  'archive',
  'junk',
  'trash',
  'copy',
  'forward',
  'discard',
  'reject',
]

/** The rule as it was given in the form, or undefined. @param {any} ports @param {any} rule */
export async function askRule(ports, rule) {
  const conditions = el('div', { className: 'ruleparts' })
  const actions = el('div', { className: 'ruleparts' })
  const addCondition = (given) => conditions.append(conditionLine(given))
  const addAction = (given) => actions.append(actionLine(ports, given))
  for (const each of rule.conditions ?? [{ about: 'from', test: 'contains' }]) addCondition(each)
  for (const each of rule.actions ?? [{ do: 'move' }]) addAction(each)
  const match = choose(['all', 'any'], rule.match ?? 'all')
  match.setAttribute('aria-label', say('if'))
  const name = el('input', { value: rule.name ?? '', maxLength: 200 })
  const stop = el('input', { type: 'checkbox' })
  stop.checked = rule.stop ?? true
  const more = (label, act) => el('button', { type: 'button', onclick: act }, label)
  const fields = [
    el('p', { className: 'ruleif' }, say('if'), ' ', match),
    conditions,
    more(say('addCondition'), () => addCondition({ about: 'subject', test: 'contains' })),
    el('p', { className: 'ruleif' }, say('do')),
    actions,
    more(say('addAction'), () => addAction({ do: 'read' })),
    el('label', { className: 'check' }, stop, el('span', {}, say('stop'))),
    el('label', {}, el('span', {}, say('ruleName')), name),
  ]
  const given = ask(rule.id ? say('rules') : say('newRule'), fields, said('keep'))
  conditions.closest('dialog')?.classList.add('wide')
  if (!(await given)) return undefined
  return {
    name: name.value.trim(),
    match: match.value,
    stop: stop.checked,
    conditions: [...conditions.children].map(readCondition),
    actions: [...actions.children].map(readAction),
  }
}

/** @param {readonly string[]} values @param {string} chosen */
function choose(values, chosen) {
  const options = values.map((value) =>
    el('option', { value, selected: value === chosen }, say(/** @type {any} */ (value))),
  )
  return el('select', {}, ...options)
}

function conditionLine({
  about = 'from',
  test = 'contains',
  value = '',
  header = '',
  not = false,
}) {
  const line = el('div', { className: 'rulepart' })
  const subject = choose(Object.keys(tests), about)
  subject.name = 'about'
  const drop = action('close', t('remove'), () => line.remove())
  const draw = (wanted, text) => {
    const verb = choose(tests[subject.value], wanted)
    verb.name = 'test'
    const field = el('input', {
      name: 'header',
      value: header,
      placeholder: say('fieldName'),
      'aria-label': say('fieldName'),
      required: true,
      pattern: '[!-9;-~]+',
    })
    const size = subject.value === 'size'
    const more = size ? { type: 'number', min: '1' } : {}
    const object = el('input', {
      name: 'value',
      value: text,
      required: true,
      'aria-label': say('value'),
      placeholder: say('value'),
      ...more,
    })
    verb.addEventListener('change', () => draw(verb.value, object.value))
    const fields = subject.value === 'header' ? [field] : []
    line.replaceChildren(
      subject,
      ...fields,
      verb,
      ...(verb.value.endsWith('exists') ? [] : [object]),
      drop,
    )
  }
  subject.addEventListener('change', () => draw(tests[subject.value][0], ''))
  const first = not && !['over', 'under'].includes(test) ? `not_${test}` : test
  draw(first, about === 'size' ? String(Math.round(Number(value) / 1000)) : String(value))
  return line
}

function actionLine({ boxes, labels }, { do: what = 'move', mailboxId = '', value = '' }) {
  const line = el('div', { className: 'rulepart' })
  const verb = choose(deeds, what)
  verb.name = 'do'
  const drop = action(
    'close',
    t('remove'),
    () => line.parentElement?.childElementCount !== 1 && line.remove(),
  )
  const draw = (box, text) => {
    const place = el('select', { name: 'mailboxId', 'aria-label': t('mailboxes') })
    for (const each of boxes().filter(({ role }) => role !== 'drafts' && role !== 'snoozed'))
      place.append(el('option', { value: each.id, selected: each.id === box }, mailboxName(each)))
    const label = el('select', { name: 'value', 'aria-label': say('flag') })
    const known = labels.all.some(({ keyword }) => keyword === text) || text === ''
    for (const each of [...labels.all, ...(known ? [] : [{ keyword: text, name: text }])])
      label.append(
        el('option', { value: each.keyword, selected: each.keyword === text }, each.name),
      )
    label.required = true
    const type = verb.value === 'forward' ? 'email' : 'text'
    const object = el('input', {
      name: 'value',
      type,
      value: text,
      required: true,
      'aria-label': say('value'),
    })
    const fields = {
      move: [place],
      copy: [place],
      flag: [label],
      forward: [object],
      reject: [object],
    }
    line.replaceChildren(verb, ...(fields[verb.value] ?? []), drop)
  }
  verb.addEventListener('change', () => draw('', ''))
  draw(mailboxId, value)
  return line
}

function fieldsOf(line) {
  const read = [...line.querySelectorAll('[name]')].map((each) => [each.name, each.value])
  return Object.fromEntries(read)
}

function readCondition(line) {
  const { about, test, value = '', header = '' } = fieldsOf(line)
  const not = test.startsWith('not_')
  const given = about === 'size' ? Number(value) * 1000 : value
  return { about, test: test.replace('not_', ''), value: given, header, not }
}

function readAction(line) {
  const { do: what, mailboxId = '', value = '' } = fieldsOf(line)
  return { do: what, mailboxId, value }
}
