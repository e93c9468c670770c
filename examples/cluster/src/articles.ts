import type { Worker } from 'node:cluster'

/** What a page shows. */
export interface Article {
  readonly id: string
  /** Counts its edits. */
  readonly revision: number
  /** How often a page was rendered from it, in all processes together. */
  readonly renders: number
}

/** The data behind the pages, as a worker asks for them. */
export interface Articles {
  load(id: string): Promise<Article>
  edit(id: string): Promise<Article>
}

interface Question {
  readonly question: number
  readonly method: keyof Articles
  readonly id: string
}

interface Answer {
  readonly answer: number
  readonly article: Article
}

/** The primary's part: it holds the data, as a database would. A Redis server that dies takes no article with it. */
export class ArticleTable {
  readonly #rows = new Map<string, Article>()

  /** Answers what a worker asks. */
  serve(worker: Worker): void {
    worker.on('message', (message: Question) => {
      // One that is about to end has nobody to tell.
      if (!worker.isConnected()) return
      const answer: Answer = { answer: message.question, article: this[message.method](message.id) }
      worker.send(answer)
    })
  }

  load(id: string): Article {
    return this.#keep(id, ({ revision, renders }) => ({ id, revision, renders: renders + 1 }))
  }

  edit(id: string): Article {
    return this.#keep(id, ({ revision, renders }) => ({ id, revision: revision + 1, renders }))
  }

  #keep(id: string, change: (article: Article) => Article): Article {
    const article = change(this.#rows.get(id) ?? { id, revision: 1, renders: 0 })
    this.#rows.set(id, article)
    return article
  }
}

/** A worker's part. */
export function articlesOfPrimary(): Articles {
  const waiting = new Map<number, (article: Article) => void>()
  let asked = 0
  process.on('message', ({ answer, article }: Answer) => {
    waiting.get(answer)?.(article)
    waiting.delete(answer)
  })
  const ask = (method: keyof Articles, id: string): Promise<Article> => {
    asked += 1
    const question: Question = { question: asked, method, id }
    process.send?.(question)
    return new Promise((resolve) => waiting.set(question.question, resolve))
  }
  return { load: (id) => ask('load', id), edit: (id) => ask('edit', id) }
}
