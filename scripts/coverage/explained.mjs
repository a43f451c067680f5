// Why no counted test runs some lines, or some ways out of them. By file: the reason, then pieces of the code that it is
// good for. A piece stands in one line of the file; the reason is good for that line and all below that is indented
// further. `npm run coverage` fails for what nothing runs and nothing here explains, and for explanations of what is run.

/** @type {Record<string, [why: string, ...codes: string[]][]>} */
export const explained = {};
