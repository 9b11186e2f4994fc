// Rules as sentences, which people type and read: "if from contains boss@ and has attachment then
// move to Work, star". Knows mailboxes by their names only.
import { Refused } from '../../base/refused.ts'
import { newRule, type Rule, type RuleAction, type RuleCondition } from './rule.ts'

/** A rule whose mailboxes are names: `mailboxId` has them. */
export type SaidRule = Pick<Rule, 'match' | 'conditions' | 'actions' | 'stop'>

const usage =
  'a rule is "if from contains boss@example.com then move to Work, star"; ' +
  'see amplop rule add --help'

/** @throws Refused 'bad-value' saying what was not understood */
export function readRule(text: string): SaidRule {
  const words = wordsIn(text)
  const then = words.findIndex((word) => isWord(word, 'then'))
  if (then < 0) throw new Refused('bad-value', usage)
  const given = words.slice(0, then)
  const [first] = given
  const begun = first && (isWord(first, 'if') || isWord(first, 'always'))
  const { conditions, match } = conditionsIn(begun ? given.slice(1) : given)
  const parts = split(words.slice(then + 1), ',')
  const actions = parts.flatMap((part) => actionIn(part) ?? [])
  const goesOn = parts.some((part) => part.length === 1 && isWord(part[0]!, 'continue'))
  if (actions.length === 0) throw new Refused('bad-value', `nothing is done by it: ${usage}`)
  return { match, conditions, actions, stop: newRule.stop && !goesOn }
}

/** `nameOf` a mailbox by its id. */
export function ruleSentence(rule: SaidRule, nameOf: (id: string) => string): string {
  const join = rule.match === 'all' ? ' and ' : ' or '
  const tests = rule.conditions.map(conditionText).join(join)
  const actions = rule.actions.map((action) => actionText(action, nameOf))
  if (!rule.stop) actions.push('continue')
  return `${tests === '' ? 'always' : `if ${tests}`} then ${actions.join(', ')}`
}

interface Word {
  readonly text: string
  readonly quoted: boolean
}

function wordsIn(text: string): readonly Word[] {
  const words: Word[] = []
  for (const [, quoted, plain, mark] of text.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s",]+)|(,)/g)) {
    if (quoted !== undefined) words.push({ text: quoted.replace(/\\(.)/g, '$1'), quoted: true })
    else words.push({ text: plain ?? mark ?? '', quoted: false })
  }
  return words
}

function isWord({ text, quoted }: Word, wanted: string): boolean {
  return !quoted && text.toLowerCase() === wanted
}

function split(words: readonly Word[], ...marks: readonly string[]): Word[][] {
  const parts: Word[][] = [[]]
  for (const word of words)
    if (marks.some((mark) => isWord(word, mark))) parts.push([])
    else parts.at(-1)!.push(word)
  return parts.filter((part) => part.length > 0)
}

function conditionsIn(words: readonly Word[]) {
  const either = words.some((word) => isWord(word, 'or'))
  if (either && words.some((word) => isWord(word, 'and')))
    throw new Refused('bad-value', '"and" and "or" do not go together in one rule')
  const conditions = split(words, 'and', 'or').map(conditionIn)
  return { conditions, match: either ? 'any' : 'all' } as const
}

const tests: Readonly<Record<string, RuleCondition['test']>> = {
  ...{ contains: 'contains', is: 'is', 'starts with': 'startsWith', 'ends with': 'endsWith' },
}
const abouts: readonly string[] = ['from', 'to', 'subject', 'list', 'body']

function conditionIn(words: readonly Word[]): RuleCondition {
  const not = words[0] !== undefined && isWord(words[0], 'not')
  const own = not ? words.slice(1) : words
  const said = own.map(({ text }) => text).join(' ')
  const plain = said.toLowerCase()
  const base = { value: '', header: '', not } as const
  if (plain === 'has attachment') return { ...base, about: 'attachment', test: 'exists' }
  const [, relation, size = '', unit = ''] =
    /^(larger|smaller) than (\d+) ?([km]b?|)$/.exec(plain) ?? []
  if (relation !== undefined) {
    const value = Number(size) * ({ k: 1024, m: 1024 * 1024 }[unit[0] ?? ''] ?? 1)
    return { ...base, about: 'size', test: relation === 'larger' ? 'over' : 'under', value }
  }
  const [first, ...others] = own
  const about = first?.text.toLowerCase() ?? ''
  const isHeader = about === 'header'
  const header = isHeader ? (others[0]?.text ?? '') : ''
  const rest = isHeader ? others.slice(1) : others
  if (isHeader && rest.length === 1 && isWord(rest[0]!, 'exists'))
    return { ...base, about: 'header', test: 'exists', header }
  const test = testIn(rest)
  if (!test || (!isHeader && !abouts.includes(about)))
    throw new Refused('bad-value', `"${said.slice(0, 100)}" is not understood: ${usage}`)
  return { ...base, about: about as RuleCondition['about'], ...test, header }
}

function testIn(words: readonly Word[]): Pick<RuleCondition, 'test' | 'value'> | undefined {
  for (const length of [1, 2]) {
    const verb = words.slice(0, length)
    const test = tests[verb.map(({ text }) => text.toLowerCase()).join(' ')]
    const value = words
      .slice(length)
      .map(({ text }) => text)
      .join(' ')
    if (test && value !== '') return { test, value }
  }
  return undefined
}

/** undefined for what says that later rules are asked as well. */
function actionIn(words: readonly Word[]): RuleAction | undefined {
  const said = words.map(({ text }) => text).join(' ')
  const plain = said.toLowerCase()
  if (plain === 'continue') return undefined
  const base = { mailboxId: '', value: '' }
  const simple = simpleActions[plain]
  if (simple) return { ...base, do: simple }
  const [, verb = '', rest = ''] =
    /^(move to|copy to|label|forward to|reject with) (.+)$/is.exec(said) ?? []
  switch (verb.toLowerCase()) {
    case 'move to':
      return { ...base, do: 'move', mailboxId: rest }
    case 'copy to':
      return { ...base, do: 'copy', mailboxId: rest }
    case 'label':
      return { ...base, do: 'flag', value: rest }
    case 'forward to':
      return { ...base, do: 'forward', value: rest }
    case 'reject with':
      return { ...base, do: 'reject', value: rest }
    default:
      throw new Refused('bad-value', `"${said.slice(0, 100)}" is not understood: ${usage}`)
  }
}

const simpleActions: Readonly<Record<string, RuleAction['do']>> = {
  ...{ star: 'star', 'mark read': 'read', archive: 'archive', junk: 'junk', trash: 'trash' },
  discard: 'discard',
}

function conditionText({ about, test, value, header, not }: RuleCondition): string {
  const before = not ? 'not ' : ''
  if (about === 'attachment') return `${before}has attachment`
  if (about === 'size') return `${before}${test === 'over' ? 'larger' : 'smaller'} than ${value}`
  const subject = about === 'header' ? `header ${header}` : about
  if (test === 'exists') return `${before}${subject} exists`
  const verb = Object.entries(tests).find(([, one]) => one === test)?.[0] ?? test
  return `${before}${subject} ${verb} ${shown(String(value))}`
}

function actionText(action: RuleAction, nameOf: (id: string) => string): string {
  const { do: what, mailboxId, value } = action
  if (what === 'move') return `move to ${shown(nameOf(mailboxId))}`
  if (what === 'copy') return `copy to ${shown(nameOf(mailboxId))}`
  if (what === 'flag') return `label ${shown(value)}`
  if (what === 'forward') return `forward to ${shown(value)}`
  if (what === 'reject') return `reject with ${shown(value)}`
  return what === 'read' ? 'mark read' : what
}

/** Quoted where a word of the language, or a mark, would be read otherwise. */
function shown(text: string): string {
  const plain = /^[^\s",\\]+$/.test(text) && !/^(?:then|and|or|not|if)$/i.test(text)
  return plain ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}
