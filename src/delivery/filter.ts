// All that filters an account's mail, ready to be run: its rules, then its own script; and what it
// does while somebody is away. Knows how they go together.
import { compile, type Script } from '../sieve/compile.ts'
import { ruleIn } from './rules/rule.ts'
import { scriptOf } from './rules/rule-script.ts'
import {
  type ForwardSetting,
  forwardIn,
  forwardKind,
  ruleKind,
  type VacationSetting,
  type Values,
  vacationIn,
  vacationKind,
} from './rules/settings.ts'

export interface OwnScript {
  readonly name: string
  /** undefined for one that this program does not understand (any more). */
  readonly script: Script | undefined
}

export interface Filter {
  readonly rules: Script | undefined
  readonly own: OwnScript | undefined
  /** Scripts that the own one may include. */
  readonly personal: ReadonlyMap<string, Script | undefined>
  /** What any of them requires. */
  readonly needs: ReadonlySet<string>
  readonly vacation: VacationSetting
  readonly forward: ForwardSetting
}

export interface Kept {
  readonly own: OwnScript | undefined
  readonly others: readonly (readonly [name: string, script: Script | undefined])[]
  readonly records: readonly { readonly kind: string; readonly id: string; readonly data: string }[]
}

export function filterOf({ own, others, records }: Kept): Filter {
  const of = (kind: string) =>
    records.flatMap((row) =>
      row.kind === kind ? [[row.id, JSON.parse(row.data) as Values] as const] : [],
    )
  const text = scriptOf(of(ruleKind).map(([id, values]) => ruleIn(id, values)))
  const rules = text === '' ? undefined : compile(text)
  const scripts = [rules, own?.script, ...others.map(([, script]) => script)]
  return {
    ...{ rules, own, personal: new Map(others) },
    needs: new Set(scripts.flatMap((script) => [...(script?.requires ?? [])])),
    vacation: vacationIn(of(vacationKind)[0]?.[1]),
    forward: forwardIn(of(forwardKind)[0]?.[1]),
  }
}

/** Whether there is nothing that mail could be asked about. */
export function isEmpty({ rules, own, vacation, forward }: Filter): boolean {
  return !rules && !own && !vacation.isEnabled && !forward.isEnabled
}
