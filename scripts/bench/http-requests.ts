import { articleJson, longArticleJson, patchJson } from './article.js'
import { sheetJson, sheetPatchJson } from './sheet.js'

/** Makes the requests of one collection as the text that goes over the connection. */
export interface HttpRequests {
  get(id: string, ifNoneMatch?: string): string
  post(edit: number): string
  put(id: string, ifMatch: string, edit: number): string
  putLong(id: string, ifMatch: string, edit: number): string
  patch(id: string, ifMatch: string, edit: number): string
  postSheet(edit: number): string
  /** Changes one field, or merges that with what others changed. */
  patchSheet(id: string, change: { readonly ifMatch: string, readonly field: string, readonly edit: number }): string
}

/** `collection` is the URL that a POST goes to. */
export const httpRequests = ({ host, pathname }: URL): HttpRequests => {
  const withBody = (line: string, body: string): string => `${line}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const head = (method: string, path: string): string => `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n`
  const edited = (method: string, id: string, ifMatch: string, body: string): string => withBody(`${head(method, `${pathname}/${id}`)}if-match: ${ifMatch}\r\n`, body)
  return {
    get: (id, ifNoneMatch) => `${head('GET', `${pathname}/${id}`)}${ifNoneMatch === undefined ? '' : `if-none-match: ${ifNoneMatch}\r\n`}\r\n`,
    post: (edit) => withBody(head('POST', pathname), articleJson(edit)),
    put: (id, ifMatch, edit) => edited('PUT', id, ifMatch, articleJson(edit)),
    putLong: (id, ifMatch, edit) => edited('PUT', id, ifMatch, longArticleJson(edit)),
    postSheet: (edit) => withBody(head('POST', pathname), sheetJson(edit)),
    patchSheet: (id, { ifMatch, field, edit }) => withBody(`${head('PATCH', `${pathname}/${id}`)}if-match: ${ifMatch}\r\nprefer: conflict=merge\r\n`, sheetPatchJson(field, edit)),
    patch: (id, ifMatch, edit) => edited('PATCH', id, ifMatch, patchJson(edit))
  }
}
