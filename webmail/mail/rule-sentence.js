// A rule as a sentence. Knows the words of rules, no page.
import { say } from './rules-words.js'
import { mailboxName } from './words.js'

/** @param {any} rule @param {readonly any[]} boxes @param {readonly any[]} labels */
export function ruleSentence(rule, boxes, labels) {
  const { match, conditions, actions } = rule
  const deeds = actions.map((action) => deedOf(action, boxes, labels)).join(say('next'))
  if (conditions.length === 0) return say('always', { actions: deeds })
  const joined = conditions.map(conditionOf).join(say(match === 'any' ? 'or' : 'and'))
  return say('when', { conditions: joined, actions: deeds })
}

function conditionOf({ about, test, value, header, not }) {
  const negated = not && !['over', 'under'].includes(test)
  // Not over is at most: the other test, nearly, and plainer to read.
  const plain = not && !negated ? { over: 'under', under: 'over' }[test] : test
  const verb = say(/** @type {any} */ (negated ? `not_${test}` : plain))
  const subject = about === 'header' ? `“${header}”` : say(about)
  const size = Math.round(Number(value) / 1000)
  const object = test === 'exists' ? '' : about === 'size' ? ` ${size}` : ` “${value}”`
  return `${subject} ${verb}${object}`
}

function deedOf({ do: what, mailboxId, value }, boxes, labels) {
  const verb = say(what)
  if (what === 'move' || what === 'copy') {
    const box = boxes.find(({ id }) => id === mailboxId)
    return `${verb} ${box ? mailboxName(box) : '?'}`
  }
  if (what === 'flag') {
    return `${verb} ${labels.find(({ keyword }) => keyword === value)?.name ?? value}`
  }
  if (what === 'forward') return `${verb} ${value}`
  return what === 'reject' ? `${verb} “${value}”` : verb
}
