// What of the suite is not for this program, and why: files, or tests by their names. A test that
// passes after all must not be here.

const settings = "it is of settings of Dovecot's, which are not here"
const words = "it counts or reads Dovecot's own messages"
const folders = 'a mailbox that is missing keeps the message: nothing fails'
const parsed = 'the envelope is proved by SMTP before a script sees it'
const later = 'found when it is run: RFC 6609 §3.2 has scripts kept in any order'
const octets = 'values are counted in characters (RFC 5229 §6), not in octets'
const redirects = 'senders are rewritten by the queue, and Delivered-To ends loops'
const envelopes = 'answers and notifications have the null reverse path'
const toWhom = 'who is answered is the sender of the envelope (RFC 5230 §4.6), without a name'
const keywords = "it wants keywords that Dovecot's storage sets"
const programs = 'extprograms: scripts run no programs'
const foreign = "an extension of Dovecot's own"
const nothingToSay = 'a fuzzed script that asks for a message that cannot be there'

export const skippedFiles: Readonly<Record<string, string>> = {
  'comparators/i-unicode-casemap.svtest': 'it does not require the comparator (RFC 5228 §2.7.3)',
  'execute/examples.svtest': 'its scripts are not in the copy',
  'extensions/extlists/basic.svtest': 'extlists is not built',
  'extensions/extlists/multiple.svtest': 'extlists is not built',
  'extensions/extlists/valid_ext_list.svtest': 'extlists is not built',
  'extensions/metadata/execute.svtest': 'mboxmetadata and servermetadata are not built',
  'extensions/metadata/errors.svtest': 'mboxmetadata and servermetadata are not built',
  'extensions/spamvirustest/spamtest.svtest': settings,
  'extensions/spamvirustest/spamtestplus.svtest': settings,
  'extensions/spamvirustest/virustest.svtest': 'there is no scanner for viruses to ask',
  'extensions/vnd.dovecot/debug/execute.svtest': foreign,
  'extensions/vnd.dovecot/environment/basic.svtest': foreign,
  'extensions/vnd.dovecot/environment/variables.svtest': foreign,
  'extensions/vnd.dovecot/report/errors.svtest': foreign,
  'extensions/vnd.dovecot/report/execute.svtest': foreign,
  'failures/fuzz4.svtest': 'a fuzzed script that is none',
  'plugins/extprograms/execute/command.svtest': programs,
  'plugins/extprograms/execute/errors.svtest': programs,
  'plugins/extprograms/execute/execute.svtest': programs,
  'plugins/extprograms/filter/command.svtest': programs,
  'plugins/extprograms/filter/errors.svtest': programs,
  'plugins/extprograms/filter/execute.svtest': programs,
  'plugins/extprograms/pipe/command.svtest': programs,
  'plugins/extprograms/pipe/errors.svtest': programs,
  'plugins/extprograms/pipe/execute.svtest': programs,
}

/** "file | name of the test" */
export const skippedTests: Readonly<Record<string, string>> = {
  'compile/errors.svtest | Header errors': words,
  'compile/errors.svtest | Address errors': words,
  'execute/actions.svtest | Fileinto': 'keep and the INBOX become one when they are filed',
  'execute/errors.svtest | Fileinto missing folder': folders,
  'execute/errors.svtest | Fileinto invalid folder name': folders,
  'execute/errors.svtest | Fileinto bad UTF-8 in folder name': 'a script is text: it is no UTF-8',
  'execute/smtp.svtest | Redirect': redirects,
  'execute/smtp.svtest | Redirect from <>': redirects,
  'execute/smtp.svtest | Redirect from <> with [<explicit>]': redirects,
  'execute/smtp.svtest | Redirect from [<>]': redirects,
  'execute/smtp.svtest | Redirect from [<explicit>]': redirects,
  'execute/smtp.svtest | Redirect from [original recipient]': redirects,
  'execute/smtp.svtest | Redirect from [recipient]': redirects,
  'execute/smtp.svtest | Redirect from [user email - fallback default]': redirects,
  'execute/smtp.svtest | Redirect from [user email]': redirects,
  'execute/smtp.svtest | Redirect mail loop (final recipient)': redirects,
  'execute/smtp.svtest | Redirect mail loop (sieve_user_email)': redirects,
  'extensions/body/text.svtest | Double Slash':
    'a type with two slashes is read as far as it is one',
  'extensions/editheader/errors.svtest | Size limit': settings,
  'extensions/editheader/errors.svtest | Size limit at runtime': settings,
  'extensions/editheader/errors.svtest | Implicit keep at runtime error': folders,
  'extensions/editheader/protected.svtest | Configured forbid_add/forbid_delete': settings,
  'extensions/editheader/protected.svtest | Configured protected': settings,
  'extensions/enotify/encodeurl.svtest | :encodeurl variable size limit': octets,
  'extensions/enotify/encodeurl.svtest | :encodeurl variable size limit UTF-8': octets,
  'extensions/enotify/limits.svtest | Notify configured limit': settings,
  'extensions/enotify/limits.svtest | Notify prohibited': settings,
  'extensions/enotify/limits.svtest | Notify prohibited after reload': settings,
  'extensions/enotify/mailto.svtest | Envelope': envelopes,
  'extensions/enotify/mailto.svtest | Envelope :from': envelopes,
  'extensions/enotify/mailto.svtest | Envelope config - recipient': envelopes,
  'extensions/enotify/mailto.svtest | Envelope config - sender': envelopes,
  'extensions/enotify/mailto.svtest | Envelope config - user_email': envelopes,
  'extensions/envelope.svtest | Envelope - local part only': parsed,
  'extensions/envelope.svtest | Envelope - source route': parsed,
  'extensions/envelope.svtest | Envelope - source route errors': parsed,
  'extensions/envelope.svtest | Envelope - syntax errors': parsed,
  'extensions/environment/basic.svtest | Name': 'the name is Amplop',
  'extensions/imap4flags/execute.svtest | Flags Side Effect': folders,
  'extensions/imap4flags/flagstore.svtest | Basic': keywords,
  'extensions/imap4flags/flagstore.svtest | Flag changes between stores': keywords,
  'extensions/imap4flags/multiscript.svtest | Internal Flags': keywords,
  'extensions/include/errors.svtest | Circular - direct': later,
  'extensions/include/errors.svtest | Circular - one intermittent': later,
  'extensions/include/errors.svtest | Circular - two intermittent': later,
  'extensions/include/errors.svtest | Depth limit': settings,
  'extensions/include/errors.svtest | Include limit': settings,
  'extensions/include/errors.svtest | Variables': later,
  'extensions/mime/errors.svtest | Extracttext - without foreverypart':
    'extracttext is wrong where it stands outside of a loop, not where it is required',
  'extensions/regex/errors.svtest | Runtime errors': words,
  'extensions/reject/smtp.svtest | Basic': 'a rejection is the reply of the SMTP session',
  'extensions/subaddress/config.svtest | Delimiter "+-_"': settings,
  'extensions/subaddress/config.svtest | Delimiter "-"': settings,
  'extensions/vacation/message.svtest | Reply to': toWhom,
  'extensions/vacation/message.svtest | Reply to (ignored envelope)': toWhom,
  'extensions/vacation/message.svtest | Reply to sender': toWhom,
  'extensions/vacation/message.svtest | Reply to unknown': toWhom,
  'extensions/vacation/message.svtest | Send from recipient': settings,
  'extensions/vacation/message.svtest | Subject - configured, full variable': settings,
  'extensions/vacation/message.svtest | Subject - configured, no subject': settings,
  'extensions/vacation/reply.svtest | Reply for any recipient': settings,
  'extensions/vacation/reply.svtest | Reply for original recipient': settings,
  "extensions/vacation/reply.svtest | Reply for user's explicitly configured email address":
    settings,
  'extensions/variables/limits.svtest | :quotewildcard variable size limit': octets,
  'extensions/variables/limits.svtest | Variable size limit': octets,
  'extensions/variables/limits.svtest | Variable size limit UTF-8': octets,
  'failures/fuzz1.svtest | Flag changes between stores': nothingToSay,
  'failures/fuzz2.svtest | sometest': nothingToSay,
  'failures/fuzz3.svtest | ': nothingToSay,
  'failures/mailbox-bad-utf8.svtest | Mailbox parameter with bad UTF-8':
    'a script is text: it is no UTF-8',
  'multiscript/conflicts.svtest | Duplicates': 'several scripts are one run here',
  'multiscript/conflicts.svtest | Graceful Conflicts': 'several scripts are one run here',
}
