// What a person prefers of the pages, and texts to begin a letter with; of the vendor capability.
import { isObject } from '../args.ts'
import { vendor } from '../capabilities.ts'
import { isText, type RecordType, recordMethods } from '../record-type.ts'

const valuesMaxChars = 64_000
const bodyMaxChars = 200_000

/** One object, "singleton": whatever the pages keep, by name. */
const preferencesType: RecordType = {
  name: 'Preferences',
  capability: vendor,
  max: 1,
  fixedSet: true,
  properties: {
    values: {
      otherwise: {},
      fits: (value) => isObject(value) && JSON.stringify(value).length <= valuesMaxChars,
    },
  },
  given: () => new Map([['singleton', { id: 'singleton', values: {} }]]),
}

const templateType: RecordType = {
  name: 'Template',
  capability: vendor,
  max: 200,
  properties: {
    name: { fits: (value) => isText(200)(value) && value !== '' },
    subject: { otherwise: '', fits: isText(1_000) },
    textBody: { otherwise: '', fits: isText(bodyMaxChars) },
    htmlBody: { otherwise: '', fits: isText(bodyMaxChars) },
  },
}

export const preferenceMethods = [...recordMethods(preferencesType), ...recordMethods(templateType)]
