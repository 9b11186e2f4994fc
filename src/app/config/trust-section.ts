// The settings of trust: what is done with mail that does not prove where it is from.
import { choice, flag, hostNames } from './kinds.ts'

export const trust = {
  enabled: flag(
    true,
    'Check where mail from other servers comes from: iprev, SPF, DKIM, ARC and DMARC.',
  ),
  on_reject: choice(
    ['reject', 'junk', 'quarantine', 'accept'],
    'reject',
    'Mail that fails DMARC where the owner of its domain wants it rejected: refuse it (550), put it into Junk, keep it apart, or deliver it.',
  ),
  on_quarantine: choice(
    ['junk', 'quarantine', 'accept'],
    'junk',
    'The same where the owner wants it quarantined.',
  ),
  one_from: flag(
    true,
    'Refuse mail from other servers whose From field is there twice, names several domains, or nobody.',
  ),
  blocklists: hostNames(
    'Lists of hosts in the DNS that count against who is on them, "zen.spamhaus.org"; one that refuses to answer this server, or lists everybody, does not count. Mind their terms of use.',
  ),
  allowlists: hostNames('Lists that count for who is on them, "list.dnswl.org".'),
  exempt_domains: hostNames(
    'Domains in From whose failure of DMARC has no consequence, for senders known to be broken.',
  ),
  arc_sealers: hostNames(
    'Domains of forwarders and mailing lists whose ARC seal is believed: what they saw pass has passed.',
  ),
}
