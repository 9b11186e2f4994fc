// Everything that counts for or against a message, what it counts, and how it is said: why, and
// under which condition it had not been so. "{}" is what the signal is about.

export const signals = {
  gtube: {
    points: 1000,
    why: 'it contains the test text that every filter must find (GTUBE)',
    unless: 'it did not contain the test text GTUBE',
  },
  'dmarc-failed': {
    points: 6,
    why: 'it says to be from {}, whose owner has such mail distrusted, and nothing proves it',
    unless: 'a signature or the sending host had proved that it is from {}',
  },
  unproven: {
    points: 3.5,
    why: 'nothing proves that it comes from {}',
    unless: 'it had a signature of {}, or came from a host that {} names',
  },
  'spf-failed': {
    points: 2,
    why: 'the host that sent it is none of those that {} names',
    unless: 'it had come from a host that {} names',
  },
  'signature-broken': {
    points: 1,
    why: 'its signature of {} is broken',
    unless: 'its signature of {} had verified',
  },
  'no-reverse-name': {
    points: 1.5,
    why: 'the host {} has no name that leads back to it',
    unless: 'the name of the host {} had led back to it',
  },
  blocklisted: {
    points: 4,
    why: 'the host that sent it is listed by {}',
    unless: 'its host were not listed by {}',
  },
  allowlisted: {
    points: -3,
    why: 'the host that sent it is recommended by {}',
    unless: 'its host were not recommended by {}',
  },
  'first-contact': {
    points: 0.5,
    why: '{} never wrote before',
    unless: '{} had written before',
  },
  correspondent: {
    points: -8,
    why: 'you wrote to {} before',
    unless: 'you had never written to {}',
  },
  answer: {
    points: -6,
    why: 'it answers a message that you sent',
    unless: 'it did not answer a message of yours',
  },
  'good-sender': {
    points: -3,
    why: 'mail from {} was wanted before',
    unless: 'mail from {} had not been wanted before',
  },
  'bad-sender': {
    points: 5,
    why: 'you moved mail from {} to Junk before',
    unless: 'you had not moved mail from {} to Junk',
  },
  'words-of-junk': {
    points: 6,
    why: 'its words are those of junk ({})',
    unless: 'its words were less like those of junk',
  },
  'wanted-words': {
    points: -3,
    why: 'its words are those of mail that was wanted ({})',
    unless: 'its words were less like those of wanted mail',
  },
  'name-of-another': {
    points: 3,
    why: 'the name of its sender shows the address {}, which is another',
    unless: 'the name of its sender showed no other address',
  },
  'reply-elsewhere': {
    points: 1.5,
    why: 'answers go to {}, not to its sender',
    unless: 'answers went to its sender',
  },
  'link-of-another': {
    points: 3,
    why: 'a link shows one place and leads to another: {}',
    unless: 'its links led where they say',
  },
  'program-attached': {
    points: 4,
    why: 'a program is attached to it: {}',
    unless: 'no program were attached to it',
  },
  'several-authors': {
    points: 4,
    why: 'it names its author more than once',
    unless: 'it named its author once',
  },
  'no-date': { points: 0.5, why: 'it has no date', unless: 'it had a date' },
  'no-message-id': { points: 0.5, why: 'it has no Message-ID', unless: 'it had a Message-ID' },
  'date-far-off': {
    points: 1,
    why: 'its date is more than two days off',
    unless: 'its date were right',
  },
  shouting: {
    points: 0.5,
    why: 'its subject is in capitals',
    unless: 'its subject were not in capitals',
  },
} as const satisfies Readonly<
  Record<string, { readonly points: number; readonly why: string; readonly unless: string }>
>

export type SignalName = keyof typeof signals
