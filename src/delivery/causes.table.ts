// Why mail was not delivered, and what its sender can do: by enhanced status code, RFC 3463, the
// longest beginning that fits.

export interface Cause {
  readonly cause: string
  readonly fix: string
}

export const causes: Readonly<Record<string, Cause>> = {
  '5': {
    cause: 'The other server refused it for good.',
    fix: 'Read what it said: it may name a page that explains it. Ask the recipient by other means.',
  },
  '5.1': {
    cause: 'The address is not right.',
    fix: 'Check the address for typing errors, and ask the recipient for the right one.',
  },
  '5.1.1': {
    cause: 'Nobody has this address there.',
    fix: 'Check the part before the @ for typing errors, and ask the recipient for the right address.',
  },
  '5.1.2': {
    cause: 'The domain of this address does not exist.',
    fix: 'Check the part behind the @ for typing errors.',
  },
  '5.1.10': {
    cause: 'The domain of this address takes no mail at all.',
    fix: 'Check the part behind the @ for typing errors, or ask the recipient for another address.',
  },
  '5.2.1': {
    cause: 'The mailbox is switched off.',
    fix: 'Ask the recipient for another address.',
  },
  '5.2.2': {
    cause: 'The mailbox is full.',
    fix: 'Tell the recipient by other means, and send it again later.',
  },
  '5.2.3': {
    cause: 'The message is larger than this mailbox takes.',
    fix: 'Send less at once, or a link in place of attachments.',
  },
  '5.3.4': {
    cause: 'The message is larger than the other server takes.',
    fix: 'Send less at once, or a link in place of attachments.',
  },
  '5.4.6': {
    cause: 'The message went in circles.',
    fix: 'Somebody forwards this address to one that forwards back: tell the recipient or your postmaster.',
  },
  '5.4.7': {
    cause: 'It could not be delivered within the time that it is kept.',
    fix: 'The server of the recipient may be down. Send it again later, or ask the recipient for another address.',
  },
  '5.6.3': {
    cause:
      'The other server takes plain ASCII text only, and this message cannot be changed to that.',
    fix: 'Send it without a signature or encryption of your mail program, or as an attachment of a new message.',
  },
  '5.6.7': {
    cause: 'The other server takes no addresses with letters beyond A to Z.',
    fix: 'Ask the recipient for an address in plain letters, or send from one.',
  },
  '5.7': {
    cause: 'The other server refused it by a rule of its own.',
    fix: 'Read what it said, and give it to your postmaster: the rule may concern this whole server.',
  },
  '5.7.1': {
    cause: 'The other server does not take mail from here, or not for this address.',
    fix: 'Give what it said to your postmaster: it may take this server for a source of spam.',
  },
  '5.7.26': {
    cause: 'The other server could not prove that the message is from its sender.',
    fix: 'Tell your postmaster: SPF and DKIM of your domain have to be set up.',
  },
  '5.7.30': {
    cause: 'It was to go over secured connections only, and the other server offers none.',
    fix: 'Send it without that demand, or ask the recipient for another address.',
  },
}
