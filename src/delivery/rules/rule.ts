// A rule: what a message must be like, and what is then done with it. Knows the words of rules and
// which of them go together, not how they are carried out.
import { isAddress, isBoolean, type Values } from './settings.ts'

export interface RuleCondition {
  readonly about: 'from' | 'to' | 'subject' | 'list' | 'body' | 'header' | 'size' | 'attachment'
  /** Texts: contains, is, startsWith, endsWith; size: over, under; header: exists as well. */
  readonly test: 'contains' | 'is' | 'startsWith' | 'endsWith' | 'over' | 'under' | 'exists'
  /** A text, or a number of bytes for size. */
  readonly value: string | number
  /** The name of the field, for header. */
  readonly header: string
  readonly not: boolean
}

export interface RuleAction {
  readonly do:
    | 'move'
    | 'copy'
    | 'flag'
    | 'star'
    | 'read'
    | 'archive'
    | 'junk'
    | 'trash'
    | 'forward'
    | 'discard'
    | 'reject'
  /** For move and copy. */
  readonly mailboxId: string
  /** A keyword for flag, an address for forward, words for reject. */
  readonly value: string
}

export interface Rule {
  readonly name: string
  readonly isEnabled: boolean
  readonly match: 'all' | 'any'
  readonly conditions: readonly RuleCondition[]
  readonly actions: readonly RuleAction[]
  /** Whether no rule below it is asked, nor the script, once it applies. */
  readonly stop: boolean
  /** The smaller, the earlier. */
  readonly sortOrder: number
}

export interface KeptRule extends Rule {
  readonly id: string
}

export const rulesMax = 200
const conditionsMax = 20
const actionsMax = 8
const textMaxChars = 1_000

export const newRule: Rule = {
  ...{ name: '', isEnabled: true, match: 'all', conditions: [], actions: [] },
  ...{ stop: true, sortOrder: 0 },
}

const emptyCondition = { value: '', header: '', not: false }
const emptyAction = { mailboxId: '', value: '' }

/** What was kept of a rule, whole. */
export function ruleIn(id: string, values: Values): KeptRule {
  const { conditions = [], actions = [], ...rest } = values as Partial<Rule>
  return {
    ...{ ...newRule, ...rest, id },
    conditions: conditions.map((one) => ({ ...emptyCondition, ...one })),
    actions: actions.map((one) => ({ ...emptyAction, ...one })),
  }
}

/** Whether each value may be what it is, by its name. */
export const ruleForms: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: isText(200),
  isEnabled: isBoolean,
  match: (value) => value === 'all' || value === 'any',
  conditions: (value) =>
    Array.isArray(value) && value.length <= conditionsMax && value.every(isCondition),
  actions: (value) =>
    Array.isArray(value) && value.length > 0 && value.length <= actionsMax && value.every(isAction),
  stop: isBoolean,
  sortOrder: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
}

const textTests = new Set(['contains', 'is', 'startsWith', 'endsWith'])
const tests: Readonly<Record<RuleCondition['about'], ReadonlySet<string>>> = {
  ...{ from: textTests, to: textTests, subject: textTests, list: textTests },
  body: new Set(['contains']),
  header: new Set([...textTests, 'exists']),
  size: new Set(['over', 'under']),
  attachment: new Set(['exists']),
}

function isCondition(given: unknown): boolean {
  const keys = ['about', 'test', 'value', 'header', 'not']
  if (!isObject(given) || Object.keys(given).some((key) => !keys.includes(key))) return false
  const { about, test, value = '', header = '', not = false } = given
  if (typeof about !== 'string' || !Object.hasOwn(tests, about) || !isBoolean(not)) return false
  if (typeof test !== 'string' || !tests[about as RuleCondition['about']].has(test)) return false
  const named =
    typeof header === 'string' && (about !== 'header' || /^[!-9;-~]{1,76}$/.test(header))
  if (about === 'size') return named && Number.isSafeInteger(value) && Number(value) >= 0
  const needed = textTests.has(test)
  return named && isText(textMaxChars)(value) && (!needed || value !== '')
}

const plainActions = new Set(['star', 'read', 'archive', 'junk', 'trash', 'discard'])

function isAction(given: unknown): boolean {
  const keys = ['do', 'mailboxId', 'value']
  if (!isObject(given) || Object.keys(given).some((key) => !keys.includes(key))) return false
  const { do: what, mailboxId = '', value = '' } = given
  if (what === 'move' || what === 'copy')
    return typeof mailboxId === 'string' && /^[A-Za-z0-9_-]{1,255}$/.test(mailboxId)
  if (what === 'flag') return typeof value === 'string' && /^[\w$.-]{1,100}$/.test(value)
  if (what === 'forward') return isAddress(value)
  if (what === 'reject') return isText(textMaxChars)(value) && value !== ''
  return typeof what === 'string' && plainActions.has(what)
}

/** What goes with nothing else: what is refused or dropped is not filed as well. */
export function contradicts({ actions }: Pick<Rule, 'actions'>): boolean {
  const ends = actions.filter(({ do: what }) => what === 'reject' || what === 'discard').length
  return ends > 0 && actions.length > 1
}

function isText(maxChars: number) {
  return (value: unknown): boolean =>
    typeof value === 'string' &&
    value.length <= maxChars &&
    value.isWellFormed() &&
    !/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(value)
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
