// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates have placeholders of their
// own.
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { scanTemplate } from './template-scan.js'

const namesOf = (source: string) => {
  const scan = scanTemplate(source, 'ejs')
  return scan && [...scan.names].sort()
}

describe('the names in a template of EJS', () => {
  const found: [string, string[]][] = [
    ['a <b>c</b>', []],
    ['<%= a %><%- b -%><%_ c _%>', ['a', 'b', 'c']],
    ['<%# a %>', []],
    ['<%= a.b?.c[d] %>', ['a', 'd']],
    ['<%= a\n  .b\n  ?. c %>', ['a']],
    ['<%= f(...rest) %>', ['f', 'rest']],
    ['<%= "a" + \'b\' %>', []],
    ['<% // a\n %><%= b %>', ['b']],
    ['<% /* a */ %><%= b %>', ['b']],
    ["<% // don't\n if (user) { %>it's<% } %>", ['user']],
    ['<%= `${a} b` %>', ['a', 'b']],
    ['<%= /"/.test(a) || "b" %>', ['a', 'b']],
    ['<%= x1e5 + 0x1f + 1e3 %>', ['x1e5']],
    ['<%= größe + $a_1 %>', ['$a_1', 'größe']],
    ['<%= it + layout %>', ['it', 'layout']],
  ]
  it.each(found)('%j: %j', (source, names) => {
    expect(namesOf(source)).toEqual(names)
  })

  const unknown = [
    '<%= locals %>',
    '<%= f(locals) %>',
    '<%= locals[a] %>',
    '<%= Object.keys({ ...locals }) %>',
    '<% const { user } = locals %>',
    '<% for (const k in locals) { %><% } %>',
    '<%= eval(a) %>',
    '<%- include(file) %>',
    '<%- include(`a-${b}`) %>',
    '<% include header %>',
    '<%= a',
    '<%= [...locals] %>',
    '<%= f(a,locals) %>',
    '<?= user ?>',
    '[$ user $]',
  ]
  it.each(unknown)('may be any in %j', (source) => {
    expect(scanTemplate(source, 'ejs')).toBeUndefined()
  })

  it.each([
    '<%= locals.a %>',
    '<%= locals?.a %>',
    "<%= locals['a'] %>",
    '<% if (locals && locals.a) { %><% } %>',
  ])('is a in %j', (source) => {
    expect(scanTemplate(source, 'ejs')?.properties).toEqual(new Set(['locals a']))
  })

  it('are all that its code reads, whatever stands around them', () => {
    const name = fc.constantFrom('user', 'cart', '_csrf', 'größe')
    const before = fc.constantFrom(
      '',
      '"x" + ',
      "'it\\'s' + ",
      '/* y */ ',
      '!',
      '(z, ',
      'f(',
      '[',
      '`${1}` + ',
      '/q/.source + ',
    )
    const after: Record<string, string> = { '(z, ': ')', 'f(': ')', '[': ']' }
    fc.assert(
      fc.property(fc.array(fc.tuple(before, name, fc.string())), (parts) => {
        const text = (it: string) => it.replaceAll('%', '').replaceAll('<', '')
        const source = parts
          .map(([pre, it, html]) => `${text(html)}<%= ${pre}${it}${after[pre] ?? ''} %>`)
          .join('')
        const names = namesOf(source)
        for (const [, it] of parts) expect(names).toContain(it)
      }),
    )
  })
})

describe('the names in a template of Nunjucks', () => {
  const found: [string, string[]][] = [
    ['{{ a }} b', ['a']],
    ['{{ a.b | f(c) }}', ['a', 'c']],
    ['{% if a and not b is defined %}{% endif %}', ['a', 'b', 'defined']],
    ['{#- a -#}{{- b -}}', ['b']],
    ['{% for x in xs %}{{ "y" }}{% endfor %}', ['x', 'xs']],
    ['{% cache 500 "sidebar" user.name %}{% endcache %}', ['user']],
  ]
  it.each(found)('%j: %j', (source, names) => {
    expect([...(scanTemplate(source, 'nunjucks')?.names ?? [])].sort()).toEqual(names)
  })

  it.each(['{% include file %}', '{% extends a if b else c %}', '{% from x import y %}', '{{ r/"/ }}'])(
    'may be any in %j',
    (source) => {
      expect(scanTemplate(source, 'nunjucks')).toBeUndefined()
    },
  )

  it('come with the files that it names', () => {
    const source =
      '{% extends "a.njk" %}{% import "b.njk" as b %}{% from "c.njk" import d %}{% include "e.njk" ignore missing %}'
    expect(scanTemplate(source, 'nunjucks')?.files).toEqual(['a.njk', 'b.njk', 'c.njk', 'e.njk'])
  })
})
