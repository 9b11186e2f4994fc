// What a person types into the search field, as a filter of RFC 8621 §4.4.1. Knows no page.

const fields = {
  ...{ from: 'from', dari: 'from', de: 'from', to: 'to', kepada: 'to', para: 'to' },
  ...{ subject: 'subject', subjek: 'subject', asunto: 'subject', cc: 'cc' },
}

/**
 * "from:ann report" in any of the three languages. @param {string} text
 * @param {readonly string[]} outside mailboxes that are not searched
 */
export function filterOf(text, outside) {
  const conditions = [...text.matchAll(/(?:(\p{L}+):)?("[^"]*"|\S+)/gu)].map(
    ([whole, name, value = '']) => {
      const field = fields[name?.toLowerCase() ?? '']
      const word = (field ? value : whole).replaceAll('"', '')
      return { [field ?? 'text']: word }
    },
  )
  const elsewhere = outside.length > 0 ? [{ inMailboxOtherThan: outside }] : []
  return { operator: 'AND', conditions: [...conditions, ...elsewhere] }
}
