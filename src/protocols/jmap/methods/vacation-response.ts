// VacationResponse, RFC 8621 §8, and what this server has beside it: where mail is forwarded to.
import {
  forwardForms,
  forwardKind,
  noForward,
  noVacation,
  singleton,
  vacationForms,
  vacationKind,
} from '../../../delivery/rules/settings.ts'
import { vacation, vendor } from '../capabilities.ts'
import { invalidProperties } from '../errors.ts'
import { type Property, type RecordType, recordMethods } from '../record-type.ts'

type Forms = Readonly<Record<string, (value: unknown) => boolean>>

function propertiesOf(forms: Forms, usual: object): Readonly<Record<string, Property>> {
  const values: ReadonlyMap<string, unknown> = new Map(Object.entries(usual))
  return Object.fromEntries(
    Object.entries(forms).map(([name, fits]) => [name, { otherwise: values.get(name), fits }]),
  )
}

const vacationType: RecordType = {
  name: vacationKind,
  capability: vacation,
  max: 1,
  fixedSet: true,
  properties: propertiesOf(vacationForms, noVacation),
  given: () => new Map([[singleton, { ...noVacation, id: singleton }]]),
}

const forwardType: RecordType = {
  name: forwardKind,
  capability: vendor,
  max: 1,
  fixedSet: true,
  properties: propertiesOf(forwardForms, noForward),
  given: () => new Map([[singleton, { ...noForward, id: singleton }]]),
  check: ({ isEnabled, addresses }) => {
    if (isEnabled === true && Array.isArray(addresses) && addresses.length === 0)
      throw invalidProperties(['addresses'], 'an address is wanted')
  },
}

/** RFC 8621 §8 has no /changes. */
export const vacationMethods = recordMethods(vacationType).filter(
  ({ name }) => !name.endsWith('/changes'),
)
export const forwardMethods = recordMethods(forwardType)
