// What large receivers and their blocklists mean by the texts of their refusals, which say more
// than the codes in front of them. The first that fits decides.
import type { Cause } from './causes.table.ts'

interface Known extends Cause {
  readonly said: RegExp
}

const readMaxChars = 2000

export const receivers: readonly Known[] = [
  {
    // Gmail 5.7.26, Outlook 5.7.515, Yahoo 5.7.9 and others, in their own words.
    said: /mail is unauthenticated|required authentication level|not accepted due to (?:the )?domain.{0,40}dmarc|dmarc (?:policy|verification|check|evaluation)/i,
    cause: 'The other server could not prove that the message is from its sender.',
    fix: 'Tell your postmaster: SPF, DKIM and DMARC of your domain have to be set up. amplop doctor says what is missing.',
  },
  {
    said: /PTR record|reverse (?:DNS|hostname|mapping)|bad dns ptr|no rdns|fcrdns/i,
    cause: 'The address of this server has no reverse name (PTR) that leads back to it.',
    fix: 'Tell your postmaster: the provider of the address sets its reverse name. amplop doctor shows it.',
  },
  {
    // Gmail 5.7.1
    said: /not authorized to send email directly to our servers|dynamic ip|residential ip/i,
    cause:
      'The other server takes no mail from home and dynamic addresses, such as this server has.',
    fix: 'Tell your postmaster: mail has to leave through the relay of the provider (queue.routes), or from a fixed address.',
  },
  {
    // Outlook S3140, S3150
    said: /\bS31(?:40|50)\b|part of their network is on our block list/i,
    cause: 'Microsoft blocks the network of this server.',
    fix: "Tell your postmaster: it is taken off by Microsoft's form for senders, https://olcsupport.office.com.",
  },
  {
    // Outlook 5.7.606 to 649, and 5.7.511
    said: /banned sending IP|delist@(?:messaging\.)?microsoft\.com/i,
    cause: 'Microsoft has banned the address of this server.',
    fix: 'Tell your postmaster: it is taken off at https://sender.office.com, or by the address that the text names.',
  },
  {
    said: /RESOLVER\.ADR\.(?:Ex)?RecipNotFound|ADR\.RecipientNotFound|email account that you tried to reach does not exist|mailbox unavailable or access denied/i,
    cause: 'Nobody has this address there.',
    fix: 'Check the part before the @ for typing errors, and ask the recipient for the right address.',
  },
  {
    // Gmail 5.2.2 and 4.2.2, iCloud and Yahoo alike
    said: /over ?quota|out of storage space|mailbox (?:is )?full|quota exceeded/i,
    cause: 'The mailbox is full.',
    fix: 'Tell the recipient by other means, and send it again later.',
  },
  {
    // Gmail 4.7.28 and 5.7.28
    said: /unusual rate of (?:unsolicited )?(?:mail|email)|sending rate|too many (?:messages|connections) from/i,
    cause: 'The other server finds that too much mail comes from here.',
    fix: 'Tell your postmaster: less may be sent at once, and an account may be in the hands of a spammer.',
  },
  {
    // Yahoo and AOL
    said: /\[TSS?\d\d\]|temporarily deferred due to (?:unexpected volume|user complaints)/i,
    cause: 'Yahoo holds back mail of this server because of its volume, or of complaints.',
    fix: 'Tell your postmaster: https://senders.yahooinc.com explains it, and has a form for senders.',
  },
  {
    said: /\b(?:CS01|HM08)\b.{0,200}(?:icloud|apple)|support\.apple\.com\/.{0,20}HT204137/i,
    cause: 'Apple takes the message, or this server, for a source of spam.',
    fix: 'Tell your postmaster: write to icloudadmin@apple.com with the text of the refusal.',
  },
  {
    said: /postmaster\.(?:gmx\.(?:net|com|de)|web\.de|mail\.com|1und1\.de)\b|Nemesis ESMTP/i,
    cause: 'GMX and WEB.DE refuse the message by a rule that their text names.',
    fix: 'Tell your postmaster: the page that the text names explains it, and has a form for senders.',
  },
  {
    said: /tosa@rx\.t-online\.de/i,
    cause: 'T-Online takes mail only from servers that it knows.',
    fix: 'Tell your postmaster: write to tosa@rx.t-online.de; a web page at the name of the server must say who runs it.',
  },
  {
    said: /spamhaus\.(?:org|com|net)|\bSBL\d{3,}/i,
    cause: 'The address or the domain of this server is on a list of Spamhaus.',
    fix: 'Tell your postmaster: https://check.spamhaus.org says why, and takes it off.',
  },
  {
    said: /barracudacentral\.org|spamcop\.net|csi\.cloudmark\.com|ipcheck\.proofpoint\.com|sorbs\.net|uceprotect/i,
    cause: 'The address of this server is on a blocklist, which the text names.',
    fix: 'Tell your postmaster: the page of that list says why, and how it is taken off.',
  },
  {
    said: /gr[ae]y-?list/i,
    cause: 'The other server makes strangers come again: it does so with everybody.',
    fix: 'Wait: it is tried again by itself.',
  },
]

/** What is known of a text, if anything is. */
export function causeIn(text: string): Cause | undefined {
  const read = text.slice(0, readMaxChars)
  return receivers.find(({ said }) => said.test(read))
}
