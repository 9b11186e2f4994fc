// Names of header fields that a script may edit: RFC 5293 §3. Knows no message.

export const fieldNameForm = /^[!-9;-~]{1,76}$/
/** RFC 5293 §6: what tells of a message's way must stay. */
export const fixedFields = /^(?:received|auto-submitted)$/i
