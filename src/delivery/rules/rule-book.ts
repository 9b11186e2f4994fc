// What accounts set without writing a script: rules, an absence, a forward. Proves each before it
// is kept, and runs rules on mail that is there. Knows no protocol.
import type { RecordBook } from '../../accounts/records.ts'
import { Refused } from '../../base/refused.ts'
import { mailboxName } from '../../mailbox/mailbox-name.ts'
import { compile } from '../../sieve/compile.ts'
import { contradicts, type KeptRule, newRule, ruleForms, ruleIn, rulesMax } from './rule.ts'
import { type Page, type RanRules, RuleRun, type RunRulesPorts } from './rule-run.ts'
import { inOrder, scriptOf } from './rule-script.ts'
import { readRule, ruleSentence } from './rule-words.ts'
import {
  type ForwardSetting,
  forwardForms,
  forwardIn,
  forwardKind,
  ruleKind,
  singleton,
  type VacationSetting,
  type Values,
  vacationForms,
  vacationIn,
  vacationKind,
} from './settings.ts'

export interface RuleBookPorts extends RunRulesPorts {
  readonly records: RecordBook
  readonly nextId: () => string
}

/** A rule as a person reads it. */
export interface SaidKeptRule {
  readonly id: string
  readonly name: string
  readonly isEnabled: boolean
  readonly sentence: string
}

export class RuleBook {
  readonly #ports: RuleBookPorts
  readonly #run: RuleRun

  constructor(ports: RuleBookPorts) {
    this.#ports = ports
    this.#run = new RuleRun(ports)
  }

  /** In their order. */
  async rules(account: string): Promise<readonly KeptRule[]> {
    const { records } = await this.#ports.records.list(account, ruleKind)
    return inOrder(records.map(({ id, value }) => ruleIn(id, value)))
  }

  async sentences(account: string): Promise<readonly SaidKeptRule[]> {
    const boxes = await this.#ports.mailboxes.list(account)
    const nameOf = (id: string) => boxes.find((box) => box.id === id)?.name ?? `(gone: ${id})`
    return (await this.rules(account)).map((rule) => {
      const { id, name, isEnabled } = rule
      return { id, name, isEnabled, sentence: ruleSentence(rule, nameOf) }
    })
  }

  /** What they are as a script, which is what is run; "" for none. */
  async script(account: string): Promise<string> {
    return scriptOf(await this.rules(account))
  }

  /** The mailboxes that a sentence names are made. @throws Refused 'bad-value', 'too-many' */
  async add(account: string, name: string, sentence: string): Promise<string> {
    const said = readRule(sentence)
    const actions = []
    for (const action of said.actions) {
      const files = action.do === 'move' || action.do === 'copy'
      const mailboxId = files ? await this.#mailbox(account, action.mailboxId) : ''
      actions.push({ ...action, mailboxId })
    }
    const last = (await this.rules(account)).at(-1)?.sortOrder ?? 0
    const rule = { ...newRule, ...said, name, actions, sortOrder: last + 1 }
    proven(rule, ruleForms)
    if (contradicts(rule))
      throw new Refused('bad-value', 'what is discarded or rejected goes nowhere else')
    const id = this.#ports.nextId()
    await this.#ports.records.change(
      { account, kind: ruleKind },
      [{ id, value: rule }],
      [],
      rulesMax,
    )
    return id
  }

  /** @throws Refused 'not-found' */
  async remove(account: string, id: string): Promise<void> {
    await this.#needed(account, id)
    await this.#ports.records.change({ account, kind: ruleKind }, [], [id])
  }

  async vacation(account: string): Promise<VacationSetting> {
    return vacationIn(await this.#single(account, vacationKind))
  }

  /** What is not given stays. @throws Refused 'bad-value' */
  async setVacation(account: string, given: Partial<VacationSetting>): Promise<VacationSetting> {
    const value = { ...(await this.vacation(account)), ...given }
    proven(value, vacationForms)
    const puts = [{ id: singleton, value }]
    await this.#ports.records.change({ account, kind: vacationKind }, puts)
    return value
  }

  async forward(account: string): Promise<ForwardSetting> {
    return forwardIn(await this.#single(account, forwardKind))
  }

  /** What is not given stays. @throws Refused 'bad-value' */
  async setForward(account: string, given: Partial<ForwardSetting>): Promise<ForwardSetting> {
    const value = { ...(await this.forward(account)), ...given }
    proven(value, forwardForms)
    if (value.isEnabled && value.addresses.length === 0)
      throw new Refused('bad-value', 'an address is wanted')
    const puts = [{ id: singleton, value }]
    await this.#ports.records.change({ account, kind: forwardKind }, puts)
    return value
  }

  /**
   * Runs rules on the next messages of a mailbox: those of the ids, enabled or not, or all that are
   * enabled. @throws Refused 'not-found' for a rule or the mailbox
   */
  async run(page: Page, ids?: readonly string[]): Promise<RanRules> {
    const { account, mailbox } = page
    const boxes = await this.#ports.mailboxes.list(account)
    if (!boxes.some(({ id }) => id === mailbox)) throw new Refused('not-found', 'mailbox')
    for (const id of ids ?? []) await this.#needed(account, id)
    const all = await this.rules(account)
    const chosen = ids
      ? all.filter(({ id }) => ids.includes(id)).map((rule) => ({ ...rule, isEnabled: true }))
      : all
    const text = scriptOf(chosen)
    if (text === '') return { looked: 0, changed: 0, next: undefined }
    return this.#run.page(compile(text), page)
  }

  async #needed(account: string, id: string): Promise<void> {
    if ((await this.rules(account)).some((rule) => rule.id === id)) return
    throw new Refused('not-found', `rule ${id.slice(0, 100)}`)
  }

  async #single(account: string, kind: string): Promise<Values | undefined> {
    return (await this.#ports.records.list(account, kind)).records[0]?.value
  }

  async #mailbox(account: string, given: string): Promise<string> {
    const target = { mailbox: mailboxName(given), specialUse: '', mailboxId: '', create: true }
    const found = await this.#ports.mailroom.find(account, target)
    if (!found) throw new Refused('not-found', `mailbox ${given}`)
    return found.id
  }
}

/** @throws Refused 'bad-value' naming what is wrong */
function proven(value: object, forms: Readonly<Record<string, (value: unknown) => boolean>>): void {
  const wrong = Object.entries(value).find(([name, one]) => !(forms[name]?.(one) ?? false))
  if (wrong) throw new Refused('bad-value', `${wrong[0]} is not as it must be`)
}
