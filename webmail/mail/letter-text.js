// The text of a message, as it is shown and quoted. Knows no page.

/** The text of an email, as it is quoted. */
export function textOf(email) {
  const parts = email.textBody.filter(({ type }) => type === 'text/plain')
  if (parts.length > 0)
    return parts.map(({ partId }) => email.bodyValues[partId]?.value ?? '').join('\n')
  return email.preview
}
