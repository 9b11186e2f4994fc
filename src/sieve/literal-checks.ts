// What can be seen to be wrong with a constant before a script is ever run: addresses, URLs, names
// of fields, scripts and variables. Knows nothing of what variables will be.

import { fieldNameForm } from './field-names.ts'
import { readMailto } from './mailto.ts'
import { oneAddress } from './one-address.ts'
import { isName } from './variables.ts'

type Value = readonly string[] | number | true | undefined

export interface Checked {
  readonly name: string
  readonly tags: ReadonlyMap<string, Value>
  readonly values: readonly Value[]
}

type Check = (step: Checked, isConstant: (text: string) => boolean) => readonly string[]

/** What is wrong, in words. */
export const literalChecks: Readonly<Record<string, Check>> = {
  redirect: (step, isConstant) => correspondents(texts(step.values[0]), isConstant),
  fileinto: (step, isConstant) => mailboxNames(texts(step.values[0]), isConstant),
  vacation: (step, isConstant) => [
    ...correspondents(texts(step.tags.get('from')), isConstant),
    ...correspondents(texts(step.tags.get('addresses')), isConstant),
    ...mailboxNames(texts(step.tags.get('fcc')), isConstant),
    ...copyWithout(step),
  ],
  notify: (step, isConstant) => [
    ...texts(step.values[0]).flatMap((url) => {
      const read = isConstant(url) ? readMailto(url) : ''
      return typeof read === 'string' && read !== '' ? [read] : []
    }),
    ...correspondents(texts(step.tags.get('from')), isConstant),
    ...texts(step.tags.get('options')).flatMap((option) =>
      isConstant(option) && !/^[A-Za-z0-9][\w.-]*=[^\x00-\x1f]*$/.test(option)
        ? [`'${option.slice(0, 40)}' is no option`]
        : [],
    ),
    ...texts(step.tags.get('importance')).flatMap((text) =>
      isConstant(text) && !/^[123]$/.test(text) ? ['importance is 1, 2 or 3'] : [],
    ),
    ...copyWithout(step),
  ],
  addheader: (step, isConstant) => [
    ...fieldName(step, isConstant),
    ...(texts(step.values[1]).some((value) => value.includes('\0')) ? ['a field has no NUL'] : []),
  ],
  deleteheader: fieldName,
  include: (step, isConstant) =>
    texts(step.values[0]).flatMap((name) =>
      name === '' || /[\x00-\x1f\x7f/\\]/.test(name) || !isConstant(name)
        ? [`'${name.slice(0, 100)}' is no name of a script`]
        : [],
    ),
  global: (step) => variableNames(texts(step.values[0]), true),
  set: (step, isConstant) => variableNames(texts(step.values[0]).filter(isConstant), false),
  extracttext: (step, isConstant) => variableNames(texts(step.values[0]).filter(isConstant), false),
  envelope: (step, isConstant) =>
    texts(step.values[0]).flatMap((part) =>
      isConstant(part) && !/^(?:from|to|auth)$/i.test(part)
        ? [`'${part.slice(0, 40)}' is no part of an envelope`]
        : [],
    ),
  header: mimeTag,
  address: mimeTag,
  exists: mimeTag,
}

function texts(value: Value): readonly string[] {
  return typeof value === 'object' ? value : []
}

function mailboxNames(names: readonly string[], isConstant: (text: string) => boolean) {
  return names.flatMap((name) =>
    isConstant(name) && (name === '' || !name.isWellFormed() || name.includes('\ufffd'))
      ? [`'${name.slice(0, 100)}' is no name of a mailbox`]
      : [],
  )
}

/** Each one address, with a name or without. */
function correspondents(given: readonly string[], isConstant: (text: string) => boolean) {
  return given.flatMap((text) => {
    if (!isConstant(text)) return []
    return oneAddress(text) ? [] : [`'${text.slice(0, 100)}' is no address`]
  })
}

/** RFC 8580 §3.1: where a copy goes is said of a copy only. */
function copyWithout({ tags, name }: Checked): readonly string[] {
  if (tags.has('fcc')) return []
  const strange = ['flags', 'create', 'specialuse', 'mailboxid'].find((tag) => tags.has(tag))
  return strange === undefined ? [] : [`${name} has :${strange} without :fcc`]
}

function fieldName(step: Checked, isConstant: (text: string) => boolean): readonly string[] {
  const wrong = texts(step.values[0]).filter(
    (name) => isConstant(name) && !fieldNameForm.test(name.trim()),
  )
  return [
    ...wrong.map((name) => `'${name.slice(0, 100)}' is no name of a field`),
    ...(step.name === 'deleteheader' && step.tags.has('last') && !step.tags.has('index')
      ? [':last without :index']
      : []),
  ]
}

function variableNames(names: readonly string[], plain: boolean): readonly string[] {
  return names.flatMap((name) =>
    isName(name) && !(plain && name.includes('.')) ? [] : [`'${name}' is no name of a variable`],
  )
}

/** RFC 5703 §4: what is said of parts needs ":mime". */
function mimeTag({ tags }: Checked): readonly string[] {
  if (tags.has('mime')) return []
  const strange = ['anychild', 'type', 'subtype', 'contenttype', 'param'].find((tag) =>
    tags.has(tag),
  )
  return strange === undefined ? [] : [`:${strange} without :mime`]
}
