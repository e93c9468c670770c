import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sourceFiles } from './floors.mjs'
import { parse } from './parse.mjs'

const functions = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'PrivateMethod',
  'Constructor',
  'MethodProperty',
  'GetterProperty',
  'SetterProperty',
])
/** Shorter functions are expressions with a name, and would hide the long ones in a median. */
const MIN_LINES = 3

/**
 * Measures the sources of a folder, in lines.
 *
 * @returns median and 90th percentile of its functions of three lines or more, and its longest file
 */
export function measureSources(folder) {
  const files = sourceFiles(folder)
  const lengths = files
    .flatMap((file) => functionLengths(join(folder, file)))
    .filter((lines) => lines >= MIN_LINES)
    .sort((a, b) => a - b)
  const sizes = files.map((file) => ({ file, lines: lineCount(join(folder, file)) }))
  const longest = sizes.reduce((a, b) => (b.lines > a.lines ? b : a))
  return {
    files: files.length,
    functions: lengths.length,
    median: percentile(lengths, 0.5),
    p90: percentile(lengths, 0.9),
    longest,
  }
}

function lineCount(file) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').length
}

function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function functionLengths(file) {
  const { body, bytes, start } = parse(file)
  const lengths = []
  const visit = (node) => {
    if (node === null || typeof node !== 'object') return
    if (Array.isArray(node)) return node.forEach(visit)
    if (functions.has(node.type) && node.body !== null)
      lengths.push(linesOf(bytes.subarray(node.span.start - start, node.span.end - start)))
    Object.values(node).forEach(visit)
  }
  visit(body)
  return lengths
}

function linesOf(bytes) {
  return bytes.toString().split('\n').length
}
