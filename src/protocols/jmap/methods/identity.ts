// Identity, RFC 8621 §6: as whom a person writes. One's own address is always among them.
import { parseAddress } from '../../../message/address.ts'
import { isObject, type Json } from '../args.ts'
import type { Call } from '../call.ts'
import { submission } from '../capabilities.ts'
import { invalidProperties, SetFailure } from '../errors.ts'
import { isBoolean, isText, orNull, type RecordType, recordMethods } from '../record-type.ts'

const isAddresses = orNull(
  (value) =>
    Array.isArray(value) &&
    value.length <= 100 &&
    value.every(
      (each: unknown) =>
        isObject(each) &&
        typeof each.email === 'string' &&
        parseAddress(each.email, { smtpUtf8: true }) !== undefined &&
        orNull(isText(300))(each.name ?? null),
    ),
)

export const ownIdentity = 'own'

export const identityType: RecordType = {
  name: 'Identity',
  capability: submission,
  max: 100,
  properties: {
    name: { otherwise: '', fits: isText(300) },
    email: { fits: isText(320), fixed: true },
    replyTo: { otherwise: null, fits: isAddresses },
    bcc: { otherwise: null, fits: isAddresses },
    textSignature: { otherwise: '', fits: isText(100_000) },
    htmlSignature: { otherwise: '', fits: isText(100_000) },
    mayDelete: { otherwise: true, fits: isBoolean, ours: true },
  },
  given: (call) => new Map([[ownIdentity, ownOf(call)]]),
  check: async (identity, call) => {
    const address = parseAddress(String(identity.email), { smtpUtf8: true })
    if (!address) throw invalidProperties(['email'])
    const { login } = call.asker
    // Own is what mail reaches the account by.
    const members = await call.rooms.delivery.members(address)
    if (!members.includes(login.address))
      throw new SetFailure('forbiddenFrom', 'mail to that address is not yours')
  },
}

function ownOf(call: Call): Json {
  const { name, address } = call.asker.login
  return {
    ...{ id: ownIdentity, name, email: address, replyTo: null, bcc: null },
    ...{ textSignature: '', htmlSignature: '', mayDelete: false },
  }
}

export const identityMethods = recordMethods(identityType)
