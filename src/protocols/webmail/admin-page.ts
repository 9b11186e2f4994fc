// The page of administration and its files. What it shows it asks for by JMAP: whoever does not
// administer the server gets an empty house.
import { loadAssets } from '../../wire/http-assets.ts'
import type { HttpAnswer, HttpRequest, Route } from '../../wire/http-types.ts'

const assetsPath = '/admin/assets/'

/** Only files of ours run, and nothing is asked of anybody else. */
export const adminPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'"

/**
 * `shared`: files of the webmail that this page uses, too, by name.
 * @throws Error when the page's files cannot be read.
 */
export function adminPageRoutes(
  folders: readonly string[],
  shared: Readonly<Record<string, string>>,
): readonly Route[] {
  const assets = loadAssets(folders, assetsPath, shared)
  const secured = { 'content-security-policy': adminPolicy }
  const page = (request: HttpRequest): HttpAnswer => assets.answer(request, 'index.html', secured)
  return [
    { method: 'GET', path: '/admin', run: page },
    { method: 'GET', path: '/admin/', run: page },
    {
      method: 'GET',
      path: `${assetsPath}*`,
      run: (request) => assets.answer(request, request.path.slice(assetsPath.length), secured),
    },
  ]
}
