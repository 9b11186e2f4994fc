// Runs before the first paint, so that no page flashes in the wrong theme or language.
{
  const root = document.documentElement
  let kept = {}
  try {
    kept = JSON.parse(localStorage.getItem('amplop.mail') ?? '{}')
  } catch {
    // A browser that keeps nothing gets the system's choice.
  }
  if (kept.theme) root.dataset.theme = kept.theme
  const known = ['id', 'es', 'en']
  const spoken = [kept.lang, ...navigator.languages.map((tag) => tag.slice(0, 2))]
  root.lang = spoken.find((lang) => known.includes(lang ?? '')) ?? 'en'
}
