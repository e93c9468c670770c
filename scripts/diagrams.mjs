/**
 * Draws the diagrams of the documents, as images for the site: run it after a change of one.
 *
 * By Mermaid itself, in Chromium, as GitHub does. Mermaid comes from the package registry, and is kept in
 * node_modules/.cache; CHROMIUM names the browser where it is another than /usr/bin/chromium.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { diagramsIn, folder, imageOf, schemes } from '../docs/site/diagrams.mjs'
import { capture } from './lib/checks.mjs'
import { documents } from './lib/snippets/read.mjs'
import { root } from './lib/workspace.mjs'

const VERSION = '11.17.2'

/** Colours of VitePress. */
const colours = {
  light: { paper: '#ffffff', box: '#f6f6f7', text: '#3c3c43', line: '#67676c' },
  dark: { paper: '#1b1b1f', box: '#202127', text: '#dfdfd6', line: '#98989f' },
}

/** Settings of Mermaid; text stays text, so that it looks the same wherever the image is shown. */
function settingsOf({ paper, box, text, line }) {
  return {
    startOnLoad: false,
    theme: 'base',
    htmlLabels: false,
    deterministicIds: true,
    fontFamily: 'system-ui, sans-serif',
    sequence: { mirrorActors: false },
    themeVariables: {
      background: paper,
      primaryColor: box,
      primaryTextColor: text,
      primaryBorderColor: line,
      lineColor: line,
      textColor: text,
      edgeLabelBackground: paper,
      labelBackgroundColor: paper,
      labelBoxBkgColor: box,
      labelBoxBorderColor: line,
      labelTextColor: text,
      loopTextColor: text,
      signalColor: line,
      signalTextColor: text,
      actorLineColor: line,
      transitionColor: line,
      transitionLabelColor: text,
      specialStateColor: line,
      innerEndBackground: paper,
    },
  }
}

/** Runs in the browser: draws a diagram, and leaves out the styles and marks that it does not use. */
async function draw({ id, source, settings }) {
  const { mermaid } = globalThis
  mermaid.initialize(settings)
  document.body.innerHTML = (await mermaid.render(id, source)).svg
  const svg = document.querySelector('svg')
  const style = svg.querySelector('style')
  const rules = [...style.sheet.cssRules].filter(
    (rule) => rule.selectorText !== undefined && document.querySelector(rule.selectorText) !== null,
  )
  style.textContent = rules.map((rule) => rule.cssText).join('')
  for (const mark of svg.querySelectorAll('marker, symbol, filter, linearGradient'))
    if (!svg.outerHTML.includes(`#${mark.id})`) && !svg.outerHTML.includes(`"#${mark.id}"`)) mark.remove()
  svg.removeAttribute('style')
  return new XMLSerializer().serializeToString(svg)
}

async function installMermaid() {
  const place = join(root, 'node_modules/.cache/mermaid')
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), '{ "private": true }')
  const install = [
    'install',
    '--no-audit',
    '--no-fund',
    '--no-save',
    '--ignore-scripts',
    `mermaid@${VERSION}`,
  ]
  const { code, output } = await capture('npm', install, { cwd: place })
  if (code !== 0) throw new Error(`Mermaid could not be installed:\n${output}`)
  return join(place, 'node_modules/mermaid/dist/mermaid.min.js')
}

const { chromium } = createRequire(join(root, 'test/package.json'))('playwright-core')
const program = await installMermaid()
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
try {
  const page = await browser.newPage({ viewport: { width: 1000, height: 800 } })
  await page.addScriptTag({ path: program })
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const document of documents())
    for (const source of diagramsIn(readFileSync(join(root, document), 'utf8')))
      for (const scheme of schemes) {
        const settings = settingsOf(colours[scheme])
        const image = await page.evaluate(draw, { id: 'diagram', source, settings }).catch((error) => {
          throw new Error(`${document}: ${error.message}\n${source}`)
        })
        writeFileSync(join(folder, imageOf(source, scheme)), `${image}\n`)
      }
} finally {
  await browser.close()
}
