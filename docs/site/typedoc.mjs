/** Writes the API reference of all packages, as Markdown, from the types as they are built. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application } from 'typedoc'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Entries that are for packages of this workspace alone. */
const notPublic = /internal/

/** Lists the declarations of each entry of a package that applications import. */
function entriesOf(name) {
  const folder = join(root, 'packages', name)
  const { exports: entries = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return Object.entries(entries)
    .filter(([entry]) => !notPublic.test(entry))
    .map(([, conditions]) => conditions?.require?.types ?? conditions?.types)
    .filter((types) => types !== undefined)
    .map((types) => join(folder, types))
    .filter((file) => existsSync(file))
}

/** Returns the name by which an entry is imported: that of its declarations is `core/dist/store`. */
const nameOf = (path) => `@sitecache/${path.replace(/\/dist(?=\/|$)/, '').replace(/\/(engines|index$)/, '')}`

/** @param out folder that the reference is written to */
export async function writeReference(out) {
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: readdirSync(join(root, 'packages')).flatMap(entriesOf),
    tsconfig: join(root, 'docs/site/tsconfig.json'),
    basePath: join(root, 'packages'),
    out,
    name: 'API',
    readme: 'none',
    skipErrorChecking: true,
    disableSources: true,
    excludePrivate: true,
    excludeInternal: true,
    entryFileName: 'index',
    hidePageHeader: true,
    useHTMLAnchors: true,
    outputFileStrategy: 'modules',
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    logLevel: 'Error',
  })
  const project = await app.convert()
  if (project === undefined || app.logger.hasErrors()) throw new Error('TypeDoc could not read the types')
  for (const entry of project.children ?? []) entry.name = nameOf(entry.name)
  await app.generateOutputs(project)
}
