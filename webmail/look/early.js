// Runs before the first paint, so that no page flashes in the wrong theme or language.
{
  const root = document.documentElement
  let kept = {}
  try {
    kept = JSON.parse(localStorage.getItem('amplop.look') ?? '{}')
  } catch {
    // A browser that keeps nothing gets the system's choice.
  }
  Object.assign(root.dataset, kept)
  const known = ['id', 'es', 'en']
  const spoken = [root.dataset.lang, ...navigator.languages.map((tag) => tag.slice(0, 2))]
  root.lang = spoken.find((lang) => known.includes(lang ?? '')) ?? 'en'
}
