// Rules as a script in the Sieve language: what is run, and what a person may read. Pure.
import type { KeptRule, RuleAction, RuleCondition } from './rule.ts'

const extensions = [
  ...['fileinto', 'copy', 'imap4flags', 'mailbox', 'mailboxid', 'special-use', 'body', 'mime'],
  ...['reject', 'comparator-i;unicode-casemap'],
]

/** The script of those that are enabled, in their order; "" for none. */
export function scriptOf(rules: readonly KeptRule[]): string {
  const enabled = inOrder(rules).filter(({ isEnabled }) => isEnabled)
  if (enabled.length === 0) return ''
  const head = [
    '# Made of the rules of this account. To change it, change the rules.',
    `require [${extensions.map(quoted).join(', ')}];`,
  ]
  return [...head, ...enabled.map(ruleText)].join('\n\n').concat('\n')
}

export function inOrder(rules: readonly KeptRule[]): readonly KeptRule[] {
  return [...rules].sort((a, b) => a.sortOrder - b.sortOrder || (a.id < b.id ? -1 : 1))
}

function ruleText(rule: KeptRule): string {
  const { name, match, conditions, actions, stop } = rule
  const tests = conditions.map(testText)
  const join = match === 'all' ? 'allof' : 'anyof'
  const [only = 'true'] = tests
  const test = tests.length > 1 ? `${join}(${tests.join(',\n    ')})` : only
  // Flags come first, since they are those of what is filed after them.
  const flags = actions.filter(isFlagging)
  const rest = actions.filter((action) => !isFlagging(action))
  const last = stop ? ['stop;'] : []
  const lines = [...flags, ...rest].map(actionText).concat(last)
  const said = (name || 'rule')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 100)
  return [`# rule: ${said}`, `if ${test} {`, ...lines.map((line) => `  ${line}`), '}'].join('\n')
}

function isFlagging({ do: what }: RuleAction): boolean {
  return what === 'flag' || what === 'star' || what === 'read'
}

const fieldsOf: Readonly<Partial<Record<RuleCondition['about'], readonly string[]>>> = {
  from: ['from', 'sender', 'reply-to'],
  to: ['to', 'cc', 'bcc', 'resent-to'],
  subject: ['subject'],
  list: ['list-id', 'list-post', 'mailing-list'],
}

function testText(condition: RuleCondition): string {
  return `${condition.not ? 'not ' : ''}${plainTest(condition)}`
}

function plainTest({ about, test, value, header }: RuleCondition): string {
  if (about === 'size') return `size :${test} ${Number(value)}`
  if (about === 'attachment')
    return 'header :mime :anychild :type "content-disposition" "attachment"'
  const text = String(value)
  if (about === 'body') return `body :text ${casemap} :contains ${quoted(text)}`
  const names = about === 'header' ? [header] : (fieldsOf[about] ?? [])
  const list = names.length === 1 ? quoted(names[0]!) : `[${names.map(quoted).join(', ')}]`
  if (test === 'exists') return `exists ${list}`
  const whole = test !== 'contains' && (about === 'from' || about === 'to')
  const kind = whole ? 'address' : 'header'
  const [type, key] = matchOf(test, text)
  return `${kind} ${casemap} ${type} ${list} ${quoted(key)}`
}

const casemap = ':comparator "i;unicode-casemap"'

function matchOf(test: RuleCondition['test'], text: string): readonly [string, string] {
  const plain = text.replace(/[*?\\]/g, '\\$&')
  if (test === 'startsWith') return [':matches', `${plain}*`]
  if (test === 'endsWith') return [':matches', `*${plain}`]
  return [test === 'is' ? ':is' : ':contains', text]
}

/** The name stands where nobody is found by the id or the use. */
function actionText({ do: what, mailboxId, value }: RuleAction): string {
  switch (what) {
    case 'move':
      return `fileinto :mailboxid ${quoted(mailboxId)} "INBOX";`
    case 'copy':
      return `fileinto :copy :mailboxid ${quoted(mailboxId)} "INBOX";`
    case 'flag':
      return `addflag ${quoted(value)};`
    case 'star':
      return 'addflag "\\\\Flagged";'
    case 'read':
      return 'addflag "\\\\Seen";'
    case 'archive':
      return 'fileinto :create :specialuse "\\\\Archive" "Archive";'
    case 'junk':
      return 'fileinto :create :specialuse "\\\\Junk" "Junk";'
    case 'trash':
      return 'fileinto :create :specialuse "\\\\Trash" "Trash";'
    case 'forward':
      return `redirect :copy ${quoted(value)};`
    case 'discard':
      return 'discard;'
    case 'reject':
      return `reject ${quoted(value)};`
  }
}

/** RFC 5228 §2.4.2 */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\r?\n/g, '\r\n')}"`
}
