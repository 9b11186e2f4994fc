// What is listed at a place: the filter, and what is said where there is nothing. Knows places by
// their names, and mailboxes by what they are for.
import { tabFilter } from './bulk.js'
import { and } from './list.js'
import { filterOf, hasWords } from './search.js'
import { t } from './words.js'

/**
 * @param {string} where "box:ID", "starred", "label:KEYWORD" or "search:QUERY"
 * @param {{boxes: readonly any[], labels: readonly any[], inside: string, tab: string}} known
 * @returns {import('./list.js').Listing}
 */
export function listingOf(where, known) {
  const listing = placeOf(where, known)
  const tab = tabFilter(known.tab)
  if (Object.keys(tab).length === 0) return listing
  return { ...listing, filter: and(listing.filter, tab), emptyWord: t('noneFound') }
}

function placeOf(where, { boxes, labels, inside }) {
  const idOf = (role) => boxes.find((box) => box.role === role)?.id ?? ''
  const emptyWord = t('noneFound')
  const outside = [idOf('trash'), idOf('junk')].filter(Boolean)
  const elsewhere = { inMailboxOtherThan: outside }
  const [kind = '', name = ''] = where.split(/:(.*)/s)
  if (kind === 'starred') return { filter: and({ hasKeyword: '$flagged' }, elsewhere), emptyWord }
  if (kind === 'label') return { filter: and({ hasKeyword: name }, elsewhere), emptyWord }
  if (kind === 'box') {
    const sent = [idOf('sent'), idOf('drafts')].includes(name)
    return { filter: { inMailbox: name }, sent, emptyWord: `${t('empty')} ${t('emptyHint')}` }
  }
  const filter = filterOf(name, { outside, inside, labels, boxes })
  return { filter, words: hasWords(name), emptyWord }
}
