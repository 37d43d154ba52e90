import { printParseErrorCode, visit, type ParseErrorCode } from 'jsonc-parser'

/** What the parser of errors calls them, in words. */
const FAULTS: Readonly<Record<string, string>> = {
  InvalidSymbol: 'something that is no JSON value',
  InvalidNumberFormat: 'a number that JSON does not have',
  PropertyNameExpected: 'no name, where one in double quotes should stand',
  ValueExpected: 'no value, where one should stand',
  ColonExpected: 'no colon',
  CommaExpected: 'no comma',
  CloseBraceExpected: 'no closing }',
  CloseBracketExpected: 'no closing ]',
  EndOfFileExpected: 'more after the value',
  InvalidCommentToken: 'a comment',
  UnexpectedEndOfComment: 'a comment',
  UnexpectedEndOfString: 'a string without an end',
  UnexpectedEndOfNumber: 'a number without an end',
  InvalidUnicode: 'a \\u without four hexadecimal digits',
  InvalidEscapeCharacter: 'an escape that JSON does not have',
  InvalidCharacter: 'a control character in a string'
}

/** Where `text`, which JSON.parse refused, stops being JSON (RFC 8259), as a sentence that shows nothing of the text itself. */
export const describeSyntaxError = (text: string): string => {
  const fault = firstFault(text)
  if (fault === undefined) return 'The body is not JSON'
  const lines = text.slice(0, fault.offset).split('\n')
  const what = FAULTS[printParseErrorCode(fault.error)] ?? 'something unexpected'
  return `The body is not JSON: line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1} has ${what}`
}

const firstFault = (text: string): { error: ParseErrorCode, offset: number } | undefined => {
  let fault: { error: ParseErrorCode, offset: number } | undefined
  try {
    visit(text, { onError: (error, offset) => { fault ??= { error, offset } } }, { disallowComments: true })
  } catch {
    // It recurses, and a body may be nested deeper than the stack.
  }
  return fault
}
