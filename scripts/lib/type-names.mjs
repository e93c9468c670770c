import { join } from 'node:path'
import { sourceFiles } from './floors.mjs'
import { parse } from './parse.mjs'

const declarations = new Set([
  'ClassDeclaration',
  'TsInterfaceDeclaration',
  'TsTypeAliasDeclaration',
  'TsEnumDeclaration',
])

/**
 * Finds names of types that several sources declare and export; re-exports don't count.
 *
 * @param folders sources of packages, relative to `root`
 * @returns the files by the name of the type
 */
export function repeatedTypeNames(root, folders) {
  const files = new Map()
  for (const folder of folders) {
    for (const file of sourceFiles(join(root, folder))) {
      for (const name of exportedTypes(parse(join(root, folder, file)).body))
        files.set(name, [...(files.get(name) ?? []), `${folder}/${file}`])
    }
  }
  return new Map([...files].filter(([, list]) => list.length > 1))
}

/** Names the types that statements declare and export, at once or by a list without a source. */
function exportedTypes(body) {
  const declared = new Set()
  const names = new Set()
  for (const statement of body) {
    const name = declaredType(statement)
    if (name !== undefined) declared.add(name)
    const exported = statement.type === 'ExportDeclaration' ? declaredType(statement.declaration) : undefined
    if (exported !== undefined) names.add(exported)
  }
  for (const { type, source, specifiers = [] } of body) {
    if (type !== 'ExportNamedDeclaration' || source) continue
    for (const { orig, exported } of specifiers)
      if (declared.has(orig.value)) names.add((exported ?? orig).value)
  }
  return names
}

function declaredType(node) {
  return declarations.has(node.type) ? (node.id ?? node.identifier).value : undefined
}
