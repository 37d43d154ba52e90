/** One type of problem (RFC 9457): its slug names it in `type: "/problems/<slug>"`. */
export interface ProblemType {
  /** HTTP status of a reply with this problem. */
  readonly status: number
  /** Title of the problem, the same each time: the reason phrase of the status. */
  readonly title: string
  /** What it means and what to do, for the page that `GET /problems/<slug>` answers with. */
  readonly about: string
}

/** Every type of problem that a reply can have: the list is closed. */
export const problemTypes = {
  'version-conflict': { status: 409, title: 'Conflict', about: 'The If-Match of the request names a version that is not the stored one: somebody else changed or deleted the document after you read it. Nothing was written. The reply holds the current document and its version: apply your change to it and send it again with the current entity-tag.' },
  'already-exists': { status: 409, title: 'Conflict', about: 'The request asked to create only (If-None-Match), and there is a document already. Nothing was written. To change it, send its entity-tag in If-Match.' },
  duplicate: { status: 409, title: 'Conflict', about: 'A value that must be unique is held by another document. Nothing was written. The reply names the field, and, where that may be told, the document that holds the value.' },
  'state-conflict': { status: 409, title: 'Conflict', about: 'The current state of the document does not allow the transition. Nothing was written. The reply names the transitions that are allowed.' },
  'patch-test-failed': { status: 409, title: 'Conflict', about: 'A test operation of the JSON Patch did not hold for the stored document. Nothing was written.' },
  'request-in-progress': { status: 409, title: 'Conflict', about: 'A request with the same Idempotency-Key is still running. Send it again after the time in Retry-After to get its reply.' },
  'idempotency-key-reused': { status: 422, title: 'Unprocessable Content', about: 'The Idempotency-Key was used before for another request. Use a new key for each request, and the same key only to repeat one.' },
  invalid: { status: 422, title: 'Unprocessable Content', about: 'The request could be read, but what it holds breaks a rule. Nothing was written. Every broken rule is listed in errors, each with a JSON Pointer to the value.' },
  'bad-request': { status: 400, title: 'Bad Request', about: 'The request cannot be read: its body, a header, the id or the query is malformed. The detail says which.' },
  unauthorized: { status: 401, title: 'Unauthorized', about: 'The request needs a valid token in Authorization.' },
  forbidden: { status: 403, title: 'Forbidden', about: 'You may not do this to this resource.' },
  'not-found': { status: 404, title: 'Not Found', about: 'There is nothing at this URL, and never was.' },
  gone: { status: 410, title: 'Gone', about: 'The document was deleted. The reply says when and as which version. PUT with If-None-Match: * creates it again.' },
  'method-not-allowed': { status: 405, title: 'Method Not Allowed', about: 'The URL exists, but not for this method. Allow lists the methods that it has.' },
  'not-acceptable': { status: 406, title: 'Not Acceptable', about: 'The service answers with application/json, which the Accept header rules out.' },
  'request-timeout': { status: 408, title: 'Request Timeout', about: 'The request did not arrive whole in time. Nothing was written.' },
  'too-large': { status: 413, title: 'Content Too Large', about: 'The body, the URL (414) or the header section (431) is larger than the service takes.' },
  'unsupported-media-type': { status: 415, title: 'Unsupported Media Type', about: 'The Content-Type is not one that this URL takes. Accept-Patch and Accept say which it does.' },
  'precondition-failed': { status: 412, title: 'Precondition Failed', about: 'A precondition of the request does not hold for the current version.' },
  'precondition-required': { status: 428, title: 'Precondition Required', about: 'A change of a document must say which version it changes: send the entity-tag of that version in If-Match, or If-None-Match: * to create.' },
  'rate-limited': { status: 429, title: 'Too Many Requests', about: 'Too many requests in a short time. Try again after the time in Retry-After.' },
  unavailable: { status: 503, title: 'Service Unavailable', about: 'The service cannot answer just now: its database cannot be reached or has no primary, it is overloaded, or it is stopping. Try again after the time in Retry-After. On a write, outcome says whether it may have been applied.' },
  internal: { status: 500, title: 'Internal Server Error', about: 'The service failed in a way that it should not. It has been logged.' }
} as const satisfies Record<string, ProblemType>

export type ProblemSlug = keyof typeof problemTypes
