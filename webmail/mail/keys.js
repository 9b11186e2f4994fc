// What each key does. Knows no more of the page than the things it moves.

/** @returns {(event: KeyboardEvent) => void} */
export function keysOf(actions, list, search) {
  const keys = {
    j: () => list.select(list.selected + 1),
    k: () => list.select(list.selected - 1),
    ArrowDown: () => list.select(list.selected + 1, false),
    ArrowUp: () => list.select(list.selected - 1, false),
    Home: () => list.select(0, false),
    End: () => list.select(list.total - 1, false),
    Enter: () => list.select(list.selected),
    o: () => list.select(list.selected),
    '/': () => search.focus(),
    c: () => actions.compose(),
    r: () => actions.onLast('reply'),
    a: () => actions.onLast('replyAll'),
    f: () => actions.onLast('forward'),
    e: () => actions.file('archive'),
    '#': () => actions.remove(),
    Delete: () => actions.remove(),
    '!': () => actions.file('junk'),
    s: () => actions.star(),
    u: () => actions.back(),
    Escape: () => actions.back(),
  }
  return (event) => {
    const { target, key } = event
    const typing = target instanceof HTMLElement && target.matches('input, textarea, select')
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (typing && key === 'Escape') target.blur()
    if (typing || !(key in keys)) return
    // A button that has the focus is pressed by Enter.
    if (key === 'Enter' && target instanceof HTMLElement && target.matches('button, a, summary'))
      return
    event.preventDefault()
    keys[key]()
  }
}
