// The settings of the reports that servers send each other about a day of mail.
import * as v from 'valibot'
import { flag, text } from './kinds.ts'

const addressWrong = 'must be the part of an address before the @: "reports"'

export const reports = {
  send_dmarc: flag(
    true,
    'Send each day the domains that ask for it (rua) a report of whose mail in their name came here, and what it proved.',
  ),
  send_tls: flag(
    true,
    'Send each day the domains that ask for it (TLSRPT) a report of how TLS to them went.',
  ),
  address: v.optional(
    v.pipe(
      v.string(addressWrong),
      v.regex(/^(?:[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?)?$/i, addressWrong),
      v.toLowerCase(),
      v.description(
        'Name of the address in each domain of ours that takes reports of others, and nothing else, unless an account or alias has it. "": none.',
      ),
    ),
    'reports',
  ),
  organisation: text('', 'Who sends reports, in their words. Default: the name of the server.'),
}
