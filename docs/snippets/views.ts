/** Views of the documents' applications: each shows the marks of its holes, where it is given some. */
import type { Application } from 'express'
import nunjucks from 'nunjucks'

const source = '<form>{{ token() if token }}</form><p>{{ greeting() if greeting }}</p>{{ cart() if cart }}'

/** Has an application render views. */
export function useViews(app: Application): void {
  const views = new nunjucks.Environment({
    getSource: (name) => ({ src: source, path: name, noCache: false }),
  } as nunjucks.ILoader)
  views.express(app)
  app.set('view engine', 'html')
}
